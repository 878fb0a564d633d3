"""What runs beside the product, is conspicuous, and harms nothing."""
