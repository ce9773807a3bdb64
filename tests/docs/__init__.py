"""Documents are held to what there is."""
