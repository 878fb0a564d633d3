"""The findings of a level in their order, and the first of them."""
