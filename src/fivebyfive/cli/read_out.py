"""What ``5x5 predict`` gives: lines for people, JSON, a table, folders of pictures; each takes a reading at a time."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fivebyfive.cli.printing import as_json, say, say_error
from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive.prediction.reading import Reading, ReadLine
    from fivebyfive.prediction.stream import Read

COLUMNS = (
    "image", "page", "row", "column", "cell", "text", "lowest probability", "sure", "left", "top", "width", "height",
)  # fmt: skip
"""Of the table; boxes are in the picture's pixels."""
STANDARD = "-"


class Out(Protocol):
    """Somewhere that readings go to."""

    def add(self, read: "Read") -> None:
        """Take one more."""

    def end(self) -> None:
        """There are no more."""


def outs(json: bool, csv: str | None, crops: Path | None, stages: Path | None) -> list[Out]:
    """Where a command's readings go to.

    Raises:
        InputError: two of them want standard output, or a place is none that can be written to.
    """
    if json and csv == STANDARD:
        raise InputError("--json and --csv - both print on standard output; give the table a file: --csv FILE")
    found: list[Out] = [Json() if json else Errors() if csv == STANDARD else Lines()]
    if csv is not None:
        found.append(Table(csv))
    if crops is not None or stages is not None:
        from fivebyfive.cli.read_pictures import Folder

        found += [Folder(path, what) for path, what in ((crops, "crops"), (stages, "stages")) if path is not None]
    return found


class Errors:
    """Pictures that could not be read, on standard error."""

    def add(self, read: "Read") -> None:
        """Say what is wrong with it, if anything is."""
        if read.reading is None:
            say_error(read.error)

    def end(self) -> None:
        """Nothing is left to be said."""


class Lines(Errors):
    """One line a picture, for people."""

    def add(self, read: "Read") -> None:
        """Print it."""
        super().add(read)
        if read.reading is not None:
            page = "" if read.page is None else f", page {read.page}"
            say(f"{read.name}{page}: {in_words(read.reading)}")


class Json:
    """One list, written as it comes, so that any number of pictures fits."""

    def __init__(self) -> None:
        self._before = "["

    def add(self, read: "Read") -> None:
        """Print its entry."""
        page = {} if read.page is None else {"page": read.page}
        about = read.reading.as_json() if read.reading is not None else {"error": read.error}
        print(self._before + as_json({"image": read.name} | page | about), end="")
        self._before = ",\n"

    def end(self) -> None:
        """Close the list."""
        print("[]" if self._before == "[" else "]")


class Table:
    """A row for each line of digits, as CSV; a picture without any has one, whose text is empty.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """

    def __init__(self, place: str) -> None:
        import csv
        import io

        self._path = None if place == STANDARD else _writable(Path(place))
        self._rows = io.StringIO()
        self._writer = csv.writer(self._rows, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, read: "Read") -> None:
        """Write its rows; those of a file are in it at the end, all at once."""
        if read.reading is not None:
            image = [harmless(read.name), "" if read.page is None else read.page]
            for line in read.reading.lines:
                cell = "" if line.cell is None else f"{line.cell[0]}:{line.cell[1]}"
                self._writer.writerow(
                    [*image, line.row, line.column, cell, harmless(line.text), f"{line.lowest:.4f}", *_last(line)]
                )
            if not read.reading.lines:
                self._writer.writerow([*image, *[""] * (len(COLUMNS) - len(image))])
        if self._path is None:
            self._print()

    def end(self) -> None:
        """Put the file in place."""
        if self._path is None:
            self._print()
            return
        from fivebyfive.files import write_atomically

        text = self._rows.getvalue()
        write_atomically(self._path, lambda file: file.write_text(text, encoding="utf-8", newline=""))

    def _print(self) -> None:
        print(self._rows.getvalue(), end="")
        self._rows.seek(0)
        self._rows.truncate()


def harmless(text: str) -> str:
    """`text` for a cell of a table: in one line, and no formula; digits and marks are none, whatever they begin with.

    Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection
    """
    from fivebyfive.text import printable

    shown = printable(text)
    plain = re.fullmatch(r"[-0-9.,/: ]*", shown)
    return shown if plain or not shown.lstrip().startswith(("=", "+", "-", "@")) else f"'{shown}"


def in_words(reading: "Reading") -> str:
    """What was read, for people."""
    from fivebyfive.decision import NO_DIGIT, UNSURE

    more = _of_unread(len(reading.unread))
    if not reading.digits:
        return f"{NO_DIGIT}: {reading.note}" if reading.note else NO_DIGIT + more
    text = " / ".join(reading.text.split("\n"))
    if len(reading.digits) == 1:
        only = reading.digits[0]
        return f"{text}  {only.probability:.1%}{'' if only.sure else f' ({UNSURE})'}{more}"
    doubtful = [f"{a.label} at {a.box[0]},{a.box[1]}: {a.probability:.0%}" for a in reading.digits if not a.sure]
    lowest = min(a.probability for a in reading.digits)
    return f"{text}  " + (f"{UNSURE} of {'; '.join(doubtful)}" if doubtful else f"each at least {lowest:.1%}") + more


def _of_unread(count: int) -> str:
    return f"; {count} shape{'s' * (count > 1)} not read: --json lists {'them' if count > 1 else 'it'}" * bool(count)


def _last(line: "ReadLine") -> tuple[object, ...]:
    return "yes" if line.sure else "no", *line.box


def _writable(path: Path) -> Path:
    """`path`, unless no file can be written there: that is told before anything is read."""
    if path.is_dir():
        raise InputError(f"--csv {path} is a folder; give a file's name")
    if not path.parent.is_dir():
        raise InputError(f"--csv {path}: the folder {path.parent} does not exist; make it, or give another place")
    return path
