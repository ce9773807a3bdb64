"""What the board says, without a browser; and its keys, in one."""
