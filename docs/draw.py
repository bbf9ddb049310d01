"""Draws the README's pictures anew: ``.venv/bin/python docs/draw.py``.

The three of the page are screenshots that the tests make:
``FIVEBYFIVE_PICTURES=1 ./5x5 test tests/views/page``. Those of the training come from a run folder.
"""

import io
import shutil
import sys
from pathlib import Path

from rich.console import Console

from fivebyfive import datasets, explain, load
from fivebyfive.views.terminal import show

PICTURES = Path(__file__).parent / "pictures"


def main(run: Path | None) -> None:
    """Draw the shipped network on MNIST's first test image, and take a run's own pictures, if one is named."""
    trace = explain(load(), datasets.load().test.pixels[0])
    (PICTURES / "big-picture.svg").write_text(trace.diagram(), encoding="utf-8")
    (PICTURES / "in-detail.svg").write_text(trace.diagram(detail=True), encoding="utf-8")
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    show(trace, console, "MNIST test image 0 (a 7)")
    console.save_svg(str(PICTURES / "terminal.svg"), title="5x5 explain")
    for name in ("curves.png", "confusion.png", "mistakes.png") if run else ():
        shutil.copy(run / name, PICTURES / name)  # type: ignore[operator]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
