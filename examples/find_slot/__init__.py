"""A host, a room and a guest find a time that suits all three, by writing to each other (P11)."""
