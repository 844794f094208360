"""What keeps an index whole: its files, what each must hold, and who may change them.

A *generation* is what one commit made visible. It is three kinds of files in one folder::

    _MAIN_7.manifest     the format, how text was analysed, and the size and checksum of every
                         other file of generation 7
    _MAIN_7.toc          Whoosh's table of contents: the segments, and what is deleted in each
    MAIN_<id>.arrays     the segments, never changed once written, shared between generations

A commit writes new segments and the manifest, and the table of contents under another name, all
of them synced to the disk; then it syncs the folder, renames the table, and syncs the folder once
more. The renaming is the commit: a generation exists when its table does. The generation before
stays, for readers that are just opening it and as what is left if a disk damages the newest.

::

    folder.py       Folder: the file operations, each synced or with a typed error
    manifest.py     Manifest
    table.py        the table of contents as bytes, read without running anybody's code
    generations.py  Generation: found, checked, published; what no generation needs is swept
    verified.py     files that were checked already and have not changed since
    write_lock.py   WriteLock: one writer at a time
    reserve.py      some space put aside, so that a full disk can still be tidied up
    snapshots.py    one generation copied out of a folder, and back into one
"""
