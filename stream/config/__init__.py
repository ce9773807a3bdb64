"""What people declare and set: the strict YAML reader, the centre, the standards, the settings."""
