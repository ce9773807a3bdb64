"""What the source `email` knows of mails: their headers, who is who, and which are one thread. Bodies and subjects are never looked at."""
