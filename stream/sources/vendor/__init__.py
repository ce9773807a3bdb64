"""What the translators of vendors' JSON share: tolerant reading, and the few lines of every mapping."""
