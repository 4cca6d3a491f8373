"""What the kind `converse` is made of: its definition and reading, its post office, and its ends."""
