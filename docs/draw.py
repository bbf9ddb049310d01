"""Draws the README's pictures anew, and writes the article about its network: ``.venv/bin/python docs/draw.py``.

Those of the page are screenshots that the tests make:
``FIVEBYFIVE_PICTURES=1 ./5x5 test tests/views/page``. Those of a training come from a run folder, of
``5x5 train quick --samples 62000``: ``.venv/bin/python docs/draw.py RUN``.
"""

import io
import sys
from pathlib import Path

from rich.console import Console

from fivebyfive import datasets, explain, learn, load
from fivebyfive.views import post
from fivebyfive.views.charts import write
from fivebyfive.views.growing import filters_over_time
from fivebyfive.views.terminal import show

PICTURES = Path(__file__).parent / "pictures"


def main(run: Path | None) -> None:
    """Draw the shipped network on MNIST's first test image; and how a run learned, if one is named."""
    trace = explain(load(), datasets.load().test.pixels[0])
    (PICTURES / "big-picture.svg").write_text(trace.diagram(), encoding="utf-8")
    (PICTURES / "in-detail.svg").write_text(trace.diagram(detail=True), encoding="utf-8")
    post.write(trace, PICTURES.parent / "post" / "conv_net.md", picture="MNIST test image 0 (a 7)")
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    show(trace, console, "MNIST test image 0 (a 7)")
    console.save_svg(str(PICTURES / "terminal.svg"), title="5x5 explain")
    if run is None:
        return
    film = learn(run)
    write(filters_over_time(film, next(name for name, shape in film.shapes.items() if len(shape) == 4)),
          PICTURES / "filters.png")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
