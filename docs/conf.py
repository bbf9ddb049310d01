"""The site's settings for Sphinx; ``python docs/build.py`` builds it. What is made from the code: `making`."""

import os
import sys
from pathlib import Path

import fivebyfive

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from making import hooks  # noqa: E402  (it stands beside this file)

project = "fivebyfive"
release = fivebyfive.__version__
repository = os.environ.get("FIVEBYFIVE_REPOSITORY", "").rstrip("/")  # as in setup.py: links out of docs/ lead there
copyright = "the authors of fivebyfive, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["making", "_static"]
smartquotes = False  # -- is the beginning of an option

# Markdown as GitHub reads it.
myst_enable_extensions = ["attrs_block", "colon_fence"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

# Docstrings: Google's sections; `name` is code, as in Markdown.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = False
napoleon_attr_annotations = False  # an attribute has its type once, where it is declared

html_theme = "furo"
html_title = "fivebyfive"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"sidebar_hide_name": False}
highlight_language = "text"
copybutton_exclude = ".linenos, .gp, .go"

linkcheck_timeout = 10


def setup(app: "hooks.Sphinx") -> None:
    """Have what stands in the code written into the pages that ask for it."""
    hooks.setup(app)
