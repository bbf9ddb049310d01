"""Draws the README's pictures anew, and writes the article about its network: ``.venv/bin/python docs/draw.py``.

Those of the page are screenshots that the tests make:
``FIVEBYFIVE_PICTURES=1 ./5x5 test tests/views/page``. Those of a training come from a run folder, of
``5x5 train quick --samples 62000``: ``.venv/bin/python docs/draw.py RUN``.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

import house
from fivebyfive import datasets, explain, learn, load
from fivebyfive.pictures.decoding import Picture
from fivebyfive.pictures.preparation import DIGITS, MNIST
from fivebyfive.pictures.prepare import prepare
from fivebyfive.views import post
from fivebyfive.views.charts import write
from fivebyfive.views.growing import filters_over_time
from fivebyfive.views.terminal import show

PICTURES = Path(__file__).parent / "pictures"


def main(run: Path | None) -> None:
    """Draw the shipped network on MNIST's first test image; and how a run learned, if one is named."""
    trace = explain(load(), datasets.load().test.pixels[0])
    (PICTURES / "architecture.svg").write_text(house.drawn(), encoding="utf-8")
    (PICTURES / "big-picture.svg").write_text(trace.diagram(), encoding="utf-8")
    (PICTURES / "in-detail.svg").write_text(trace.diagram(detail=True), encoding="utf-8")
    post.write(trace, PICTURES.parent / "post" / "conv_net.md", picture="MNIST test image 0 (a 7)")
    _stages(PICTURES / "reading.png")
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    show(trace, console, "MNIST test image 0 (a 7)")
    console.save_svg(str(PICTURES / "terminal.svg"), title="5x5 explain")
    if run is None:
        return
    film = learn(run)
    write(filters_over_time(film, next(name for name, shape in film.shapes.items() if len(shape) == 4)),
          PICTURES / "filters.png")  # fmt: skip


def _stages(path: Path) -> None:
    """How a page is read: some of MNIST's test images on squared paper, and the stages on the way, side by side."""
    page = np.tile(np.linspace(235, 190, 520), (220, 1))
    page[20::40] -= 40
    page[:, 20::40] -= 40
    for n, digit in enumerate(datasets.load().test.pixels[:8, :, :, 0]):
        y, x = 30 + 90 * (n // 4), 40 + 110 * (n % 4)
        page[y : y + 84, x : x + 84] -= 0.6 * np.kron(digit, np.ones((3, 3)))
    pixels = page.clip(20, 255).astype(np.uint8)[..., None]
    found = prepare(Picture(pixels, 520, 220), DIGITS, MNIST, stages=520).page[-4:]
    shown = [np.broadcast_to(one.reshape(*one.shape[:2], -1), (*one.shape[:2], 3)) for _, one in found]
    shown = [np.asarray(Image.fromarray(np.ascontiguousarray(one)).resize((520, 220))) for one in shown]
    gap = np.full((220, 8, 3), 255, np.uint8)
    rows = [np.hstack([shown[i], gap, shown[i + 1]]) for i in (0, 2)]
    Image.fromarray(np.vstack(rows)).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
