"""Which of two texts is easier to read? An agent calls another one to find out (P12)."""
