"""Bytes in, bytes out: the gateway, the cloud, and by which right they are asked."""
