"""The board in a terminal, with Textual: the extra `top`."""
