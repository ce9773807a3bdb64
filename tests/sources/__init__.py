"""Samples of other systems and what the sources make of them."""
