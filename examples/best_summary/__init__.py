"""Three ways of summing a text up, and a critic that says which one tells most of it (P9)."""
