"""What the wallboard and `answerable top` say, made of readings and breaches: pure, so that both say the same."""
