"""The I/O that feeds the sources: files, Kafka, publishing."""
