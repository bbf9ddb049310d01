"""An article about a network, written by machine: Markdown, HTML or a notebook."""
