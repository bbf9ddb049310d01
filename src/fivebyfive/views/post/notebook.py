"""An article as a notebook: words in cells of Markdown, figures in cells that draw them anew, outputs and all.

The first cell makes the trace again: as the command did, or, where that is not known, from the trace that is kept
beside the notebook. A figure is the output of the cell above it, since readers of notebooks show no SVG that Markdown
names.
"""

import json
from collections.abc import Iterable
from typing import Any

from fivebyfive.text import in_order_as_json
from fivebyfive.views.post.article import Article, Block, Figure
from fivebyfive.views.post.drawn import svg_of
from fivebyfive.views.post.markdown import blocks_of, heading, plain

FORMAT = (4, 5)


def notebook(article: Article, again: str, picture: str = "") -> str:
    """The notebook's text.

    Args:
        again: the Python that makes ``trace`` anew.
        picture: what the article says that the picture is.
    """
    writer = _Cells()
    writer.said(f"# {plain(article.title)}")
    writer.ran(_first(again, picture), [])
    for section in article.sections:
        writer.section(heading(section), section.blocks)
    about = {
        "cells": writer.cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": FORMAT[0],
        "nbformat_minor": FORMAT[1],
    }
    return in_order_as_json(json.dumps(about, ensure_ascii=False, indent=1)) + "\n"


def _first(again: str, picture: str) -> str:
    imports = "import fivebyfive\nfrom fivebyfive.views.post import figures_of"
    return f"{imports}\n\n{again}\nfigures = figures_of(trace, {picture!r})"


class _Cells:
    """Cells, one after the other."""

    def __init__(self) -> None:
        self.cells: list[dict[str, Any]] = []
        self.count = 0

    def section(self, head: str, blocks: Iterable[Block]) -> None:
        """What is said up to each figure in one cell, the figure in the next."""
        waiting: list[Block] = []
        for block in blocks:
            if isinstance(block, Figure):
                self.said(head + blocks_of(waiting, _named))
                head, waiting = "", []
                self.figure(block)
            else:
                waiting.append(block)
        self.said(head + blocks_of(waiting, _named))

    def figure(self, figure: Figure) -> None:
        data = {"image/svg+xml": svg_of(figure), "text/plain": f"<a drawing: {figure.caption}>"}
        self.ran(figure.again or f'figures["{figure.name}"]', [data])
        self.said(f"*{plain(figure.caption)}*")

    def said(self, text: str) -> None:
        if text.strip():
            self._add({"cell_type": "markdown", "metadata": {}, "source": text.strip()})

    def ran(self, code: str, outputs: list[dict[str, str]]) -> None:
        self.count += 1
        given = [
            {"output_type": "execute_result", "execution_count": self.count, "data": data, "metadata": {}}
            for data in outputs
        ]
        self._add(
            {"cell_type": "code", "metadata": {}, "execution_count": self.count, "source": code, "outputs": given}
        )

    def _add(self, cell: dict[str, Any]) -> None:
        self.cells.append({"id": f"cell-{len(self.cells)}", **cell})


def _named(figure: Figure) -> str:
    """A figure that is folded away: a cell cannot be, so it is only named."""
    return f"*{plain(figure.caption)}*"
