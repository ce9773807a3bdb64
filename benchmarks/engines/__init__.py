"""The engines that do the job of JOB.md, and the race between them."""
