"""Whether a sample of a counter can be believed, and what the days are."""
