"""How do requests reach the application? ``server``, its ``worker`` for slow clients, ``logs``."""
