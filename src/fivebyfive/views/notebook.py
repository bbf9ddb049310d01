"""What a notebook shows of a diagram; the page of a whole trace is the page's own."""

from typing import Any


class Drawing(str):
    """An SVG's text, which a notebook shows as the picture."""

    def _repr_svg_(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        del cycle
        printer.text(f"<a drawing, {len(self):,} characters of SVG>")
