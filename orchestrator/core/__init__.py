"""What is true: the pure rules of orchestration. No clock, no dice, no input or output."""
