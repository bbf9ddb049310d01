"""What both terminal views print on: lines that never wrap by accident, titles, prose, two columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from fivebyfive.text import printable


class Sheet:
    """A console, and whether it shows colours."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.plain = console.color_system is None or console.no_color
        self._empty = True

    @property
    def width(self) -> int:
        """Columns that may be filled; the last one stays free, or some terminals break the line."""
        return self.console.width - 1

    def rule(self, title: str) -> None:
        """A title, with a line after it as far as the screen goes."""
        self.console.print(
            Rule(Text(cut(printable(title), self.width - 4), "bold"), align="left", style="bright_black")
        )
        self._empty = False

    def gap(self) -> None:
        """An empty line, but never two."""
        if not self._empty:
            self.print(Text())

    def prose(self, words: str, style: str = "") -> None:
        """Words, wrapped."""
        self.print(*Text(words, style).wrap(self.console, self.width))

    def side_by_side(self, left: Sequence[Text], right: Sequence[Text], at: int) -> None:
        """Two columns of lines, the second one beginning at column `at`."""
        for n in range(max(len(left), len(right))):
            line = left[n].copy() if n < len(left) else Text()
            if n < len(right):
                line.append(" " * (at - line.cell_len)).append_text(right[n])
            self.print(line)

    def print(self, *lines: Text) -> None:
        """Lines as they are, but for what would command the terminal; in plain text without blanks at their ends."""
        for line in map(_printable, lines):
            if self.plain:
                line.rstrip()
            line.truncate(self.console.width, overflow="ellipsis")
            self.console.print(line, no_wrap=True, overflow="ignore", crop=False)
            self._empty = not line.plain


def _printable(line: Text) -> Text:
    """`line` with what is not printable written out, in its own colours."""
    line.expand_tabs()
    if printable(line.plain) == line.plain:
        return line
    safe = Text(end=line.end)
    for piece in line.divide(range(1, len(line))):
        piece.plain = printable(piece.plain)
        safe.append_text(piece)
    return safe


def cut(text: str, width: int) -> str:
    """`text`, or its end if it is too long: of a dotted name that tells the most."""
    return text if len(text) <= width else f"…{text[-max(width - 1, 1) :]}"
