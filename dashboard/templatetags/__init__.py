"""Template tags and filters, one file a subject."""
