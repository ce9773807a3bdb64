"""What feeds the topics."""
