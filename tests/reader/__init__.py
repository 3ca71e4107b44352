"""Tests of the reader, which knows nothing of Home Assistant."""
