"""What the owner may ask: what is written, what proves it, and how long that is waited for."""
