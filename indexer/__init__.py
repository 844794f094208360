"""What happens before an article is searchable.

Reading order: ``commands`` (``sanbao index`` and ``sanbao delete``), ``pipeline`` (the one path
from a file to a commit), ``files`` (what is opened, and how much of it is read), ``sources``
(one reader a format), ``cleaning`` (furniture of web pages goes), ``articles`` (a draft becomes
an :class:`search.article.Article`), ``identity`` and ``dates``. ``intake`` is the door for
articles that do not come from a file.
"""
