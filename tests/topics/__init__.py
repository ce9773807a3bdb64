"""The contract in topics/."""
