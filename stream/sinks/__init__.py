"""Where results leave the stream: the page that Prometheus scrapes, and the lines that tell people of a breach."""
