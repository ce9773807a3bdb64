"""Real parts that tests run against: what they are and where they come from."""
