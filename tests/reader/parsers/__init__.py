"""Tests of the parsers: bytes in, typed pages or our errors out."""
