"""The judged levels put together as one verdict."""
