"""Plays a file through a real broker and live workers, and holds what they wrote against a replay of the same events."""
