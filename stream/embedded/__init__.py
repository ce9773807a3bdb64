"""A real Apache Kafka as a child process, for the demo and the tests: no Docker, and no Java where pip can bring one."""
