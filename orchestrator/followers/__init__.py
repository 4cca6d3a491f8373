"""What reacts to events after the fact, from the state as it is: late, twice or never called, nothing goes wrong."""
