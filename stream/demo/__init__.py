"""The demo: a whole contact centre on this machine. A broker, workers and a simulated day, put together and taken down again."""
