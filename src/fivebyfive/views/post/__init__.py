"""An article about a network, written by machine: Markdown for GitHub, HTML for paper, or a notebook that runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive.views.notebook import Drawing
from fivebyfive.views.post.composing import article
from fivebyfive.views.post.drawn import svg_of
from fivebyfive.views.post.writing import expect_writable, folder_of
from fivebyfive.views.post.writing import write as _write

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

__all__ = ["article", "expect_writable", "figures_of", "folder_of", "write"]


def write(trace: "Trace", path: Path, *, picture: str = "", again: str = "") -> None:
    """Write the article about `trace` to `path`, as its ending says.

    Args:
        picture: what the picture is, in words; "" where nobody knows.
        again: for a notebook, the Python that makes ``trace`` anew; without it, the trace is kept beside the notebook.

    Raises:
        InputError: see `expect_writable`.
        Failure: the place cannot be written.
    """
    expect_writable(path)
    _write(trace, article(trace, picture), path, again, picture)


def figures_of(trace: "Trace", picture: str = "") -> dict[str, Drawing]:
    """The figures of the article about `trace`, by their names; a notebook shows each as a picture."""
    return {name: Drawing(svg_of(figure)) for name, figure in article(trace, picture).figures.items()}
