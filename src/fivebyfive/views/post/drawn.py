"""A figure as one SVG that needs nothing else: the diagrams as they are, panels on a sheet."""

from fivebyfive.views.post.article import Figure
from fivebyfive.views.post.panel import sheet


def svg_of(figure: Figure) -> str:
    """The SVG's text."""
    return figure.svg or sheet(figure.panels, figure.caption, ("convolution", "pooling"))


def is_ours(text: str) -> bool:
    """Whether a file's beginning is that of a figure which was drawn here."""
    return text.startswith("<svg ") and 'class="fivebyfive"' in text[:200]
