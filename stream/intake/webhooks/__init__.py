"""The webhook gateway: one HTTP address for several vendors, each at its own path, into Kafka."""
