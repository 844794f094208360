"""How well an engine ranks, on queries whose relevant articles are known.

Reading order: ``judged`` (queries and judgements from files), ``runs`` (what an engine answered),
``measures`` (the figures), ``losses`` (the queries that went wrong), ``comparison`` (two runs).
``measures`` needs the package ir-measures, which the extra ``evaluate`` installs.
"""
