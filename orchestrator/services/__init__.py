"""What can be changed, one file a noun. Each checks permission, records who did it, and has its effect."""
