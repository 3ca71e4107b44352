"""One module for each page of a gateway: ``parse`` turns its body into a typed page.

A parser reports and has no opinions: whether a figure is right, and which of two to believe, is
decided later. Its input is untrusted, so for any bytes at all it returns finite, typed values or
raises one of our errors. A bad value costs that value, a bad row that row, and no more.
"""
