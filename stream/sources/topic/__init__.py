"""Records of somebody else's topics, in their schema -> our events."""
