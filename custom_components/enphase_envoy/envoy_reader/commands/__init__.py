"""What the owner may set: what is written, what proves it, and how long the proof may take."""
