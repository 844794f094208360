"""How do requests reach the application?

``server``, its ``worker`` for slow clients, a ``connection`` of such a worker, ``logs``.
"""
