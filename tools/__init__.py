"""What is needed to make the product and not to run it."""
