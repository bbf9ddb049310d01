"""The page: one network, one picture, every number. The same page is served live and kept as a file.

A `Trace` becomes a document (`document.py`, `envelope.py`), and `html.py` puts it in a file. In the browser `js/` reads
the document and draws it; nothing there knows any particular network.
"""

from fivebyfive.views.page.html import html, live, notebook, resource, watching, write, write_comparison

__all__ = ["html", "live", "notebook", "resource", "watching", "write", "write_comparison"]
