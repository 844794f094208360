"""Is the index whole, and what can be saved if it is not?

``verify`` (look), ``proof`` (a segment against its articles), ``salvage`` (what can still be read),
``repair`` (make it whole), ``watch`` (look while it is served).
"""
