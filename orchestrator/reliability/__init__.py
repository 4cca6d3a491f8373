"""What to do when it goes wrong: pure policies."""
