"""This engine, tantivy-py and Lucene side by side, on the same tokens, in one run.

    python -m benchmarks.engines --documents 1000000 --dir /var/tmp/bench

Reading order: ``corpus`` (a million documents from a few thousand real ones), ``queries`` (what is
asked), ``engine`` (what an engine must do to take part), ``array_engine``, ``tantivy_engine`` and
``lucene_engine`` with ``LuceneRunner.java``, ``build`` (one index in a process of its own),
``measure`` (timing and agreement), ``report`` (Markdown and SVG), ``__main__`` (the one command).
``growth`` asks the product itself, at several sizes.

How the corpus and the queries are made, and what the figures can and cannot say:
``docs/benchmarks/README.md``.
"""
