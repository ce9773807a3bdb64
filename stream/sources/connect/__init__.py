"""Amazon Connect: contact events, the agent event stream, and contact records."""
