"""The engine's ports on tables: the only writer of engine tables."""
