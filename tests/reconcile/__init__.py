"""Reports made apart from the product, under definitions that the command does not know."""
