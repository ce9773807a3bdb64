"""Makes from declarations what operations need: Prometheus rules and the frames of runbooks. Committed, and checked for drift."""
