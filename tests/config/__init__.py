"""Settings and declarations."""
