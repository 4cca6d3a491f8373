"""From the text of a file to a marked tree. The only room that knows YAML; it imports only the core."""
