"""Live values: how fast to ask, what is frozen, and events out of a stream of bytes."""
