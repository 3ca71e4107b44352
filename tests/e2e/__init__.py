"""Drives a real Home Assistant: for the demo, its pictures, the comparison, and tests.

Nothing here imports Home Assistant: it is a process of its own, spoken to over HTTP as a browser
does. The simulated gateway is a second process.
"""
