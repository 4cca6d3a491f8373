"""What a drill needs to know of values and faults: answers made up from contracts, what caught a fault."""
