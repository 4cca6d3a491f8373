"""Forms, made from schemas and read back; what a person typed is never lost."""
