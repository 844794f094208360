"""Where does an index live that is a folder of this machine?

``index`` (the engine), ``state`` (one commit, opened), ``schema`` and ``document`` (an article as
fields and arrays), ``writer``, ``rebuild``, ``warm`` (compiling ahead).
"""
