"""Where do the bytes come from? ``files``: files, folders, globs and archives."""
