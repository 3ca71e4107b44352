"""Tests of the repair of statistics."""
