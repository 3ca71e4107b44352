"""The proof of the promise: no watt-hour lost or invented, one bad page costs one page."""
