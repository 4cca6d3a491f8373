"""What the kind `blackboard` is made of: its definition, how that is read, and what a board remembers."""
