"""What happens before an article is searchable.

::

    commands                    ``sanbao index`` and ``sanbao delete``
    pipeline                    the one path from a file to a commit
    inputs                      where do the bytes come from, and how much of them is read?
    formats                     which articles are in this file? a reader a format
    drafts                      what a reader gives back
    cleaning, headline          furniture of web pages goes; what looks like a title
    articles                    a draft becomes a :class:`search.article.Article`
    identity, dates             its id, its dates
    paragraphs, text            plain text, on which all of these work
    analysis_pool               several articles at once
    intake                      the door for articles that do not come from a file
    deletion                    which articles are to go
"""
