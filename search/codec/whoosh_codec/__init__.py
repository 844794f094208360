"""How does Whoosh read and write our segments? The face of the format for stock Whoosh.

``codec`` (what Whoosh asks for each part), ``segment`` (what its table of contents keeps),
``per_document`` and ``field_writer`` (writing), ``terms``, ``posting_run``, ``matcher``,
``value_columns`` and ``column_file`` (reading), ``term_expansion`` (patterns and misspelled words),
``speed_up`` (what Whoosh has no hook for, to be called by who wants it).
"""
