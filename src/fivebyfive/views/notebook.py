"""What a notebook shows of a diagram, and of a page that runs its network; the page of a trace is the page's own."""

from typing import Any


class Drawing(str):
    """An SVG's text, which a notebook shows as the picture."""

    def _repr_svg_(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        del cycle
        printer.text(f"<a drawing, {len(self):,} characters of SVG>")


class LivePage(str):
    """A page's text, which a notebook shows as the page."""

    def _repr_html_(self) -> str:
        from fivebyfive.views.page.html import notebook

        return notebook(str(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        del cycle
        printer.text(f"<a live page, {len(self) / 1e6:.1f} MB>")
