"""What can be read, one file a noun, each for a viewer. Nothing here writes."""
