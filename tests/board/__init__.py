"""What the board says, without a browser."""
