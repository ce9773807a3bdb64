"""The broker-less driver: the same core over files, and the report."""
