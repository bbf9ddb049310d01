"""The house as a drawing: what comes in, the rooms of the package that it passes, what comes out.

``.venv/bin/python docs/draw.py`` writes it to pictures/architecture.svg; tests/docs/test_architecture.py holds the file
to this one, and each room to the package.
"""

from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 900, 582
ROW = 100
"""From one row's top to the next one's."""
TALL = 62


@dataclass(frozen=True)
class Box:
    """A box: `rooms` are files and folders of the package, `says` what happens there; without rooms it is outside."""

    row: int
    left: int
    width: int
    rooms: str
    says: str


BOXES = {
    "code": Box(0, 20, 270, "", "your network: PyTorch, Keras, ONNX …"),
    "picture": Box(0, 315, 270, "", "your picture: a photo, a scan, an array"),
    "data": Box(0, 610, 270, "", "your data: folders, tables, shards"),
    "networks": Box(1, 20, 270, "networks/ trust.py", "whose code runs; a module, its weights"),
    "pictures": Box(1, 315, 270, "pictures/", "decoded, ink found, brought to size"),
    "datasets": Box(1, 610, 270, "datasets/", "labelled pictures, decoded once"),
    "model": Box(2, 20, 270, "model.py outputs.py", "network, classes, preparation"),
    "training": Box(2, 610, 270, "training/", "recipe, steps, checkpoints, film"),
    "explain": Box(3, 20, 420, "explain/", "one forward, watched: steps, sums, the way back"),
    "prediction": Box(3, 610, 270, "prediction/ exporting.py", "ONNX Runtime; without PyTorch"),
    "views": Box(4, 20, 420, "lesson/ views/ standalone.py", "a Trace, drawn: terminal, page, article, diagram"),
    "learning": Box(4, 465, 120, "learning.py", "the film, read"),
    "serving": Box(5, 20, 270, "serving/", "the page, live; asks a process"),
    "cli": Box(5, 315, 565, "cli/", "one short file a command: parse, call, print"),
}
ARROWS = (
    ("code", "networks"), ("picture", "pictures"), ("data", "datasets"), ("networks", "model"),
    ("datasets", "training"), ("model", "explain"), ("pictures", "explain"), ("training", "prediction"),
    ("explain", "views"), ("training", "learning"), ("views", "serving"), ("views", "cli"), ("learning", "cli"),
    ("prediction", "cli"),
)  # fmt: skip
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c2733}.room{font:600 13px ui-monospace,monospace;fill:#00566b}"
    "rect{fill:#fff;stroke:#6b7785}.outside{fill:#f4f6f8;stroke-dasharray:4 3}path{fill:none;stroke:#6b7785}"
)


def drawn() -> str:
    """The drawing, as SVG."""
    parts = [_box(box) for box in BOXES.values()]
    arrows = [_arrow(BOXES[a], BOXES[b]) for a, b in ARROWS]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="The way of a network, a picture and data through the rooms of the package">'
        f"<style>{STYLE}</style>"
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:#6b7785;stroke:none"/></marker></defs>'
        f'<rect x="0" y="0" width="{WIDTH}" height="{HEIGHT}" style="stroke:none"/>\n'
        + "\n".join([*arrows, *parts])
        + "\n</svg>\n"
    )


def _top(box: Box) -> int:
    return 10 + ROW * box.row


def _box(box: Box) -> str:
    x, y, middle = box.left, _top(box), box.left + box.width / 2
    outside = "" if box.rooms else ' class="outside"'
    room = f'<text class="room" x="{middle:g}" y="{y + 25}" text-anchor="middle">{escape(box.rooms)}</text>'
    says = f'<text x="{middle:g}" y="{y + (46 if box.rooms else 36)}" text-anchor="middle">{escape(box.says)}</text>'
    frame = f'<rect{outside} x="{x}" y="{y}" width="{box.width}" height="{TALL}" rx="6"/>'
    return frame + (room if box.rooms else "") + says


def _arrow(start: Box, end: Box) -> str:
    """From the lower edge of a box to the upper edge of another, where both are, or else slanting."""
    low, high = max(start.left, end.left), min(start.left + start.width, end.left + end.width)
    x = (low + high) / 2 if low < high else None
    begin = x if x is not None else (start.left + 4 if start.left > end.left else start.left + start.width - 4)
    stop = x if x is not None else (end.left + end.width - 20 if start.left > end.left else end.left + 20)
    return f'<path d="M{begin:g} {_top(start) + TALL}L{stop:g} {_top(end) - 2}" marker-end="url(#end)"/>'
