"""Asterisk's queue_log, in parts: its lines, what they say of calls, what they say of members."""
