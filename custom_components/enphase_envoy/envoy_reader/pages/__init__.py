"""Which pages there are, and whether what one says is right."""
