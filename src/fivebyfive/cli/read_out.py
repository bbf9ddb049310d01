"""What ``5x5 predict`` gives: lines for people, JSON, a table, folders of pictures; each takes an answer at a time.

None of them keeps what it was given, so that any number of answers fits.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from fivebyfive.cli.printing import as_json, say, say_error
from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive.prediction.reading import Reading
    from fivebyfive.prediction.stream import Read

COLUMNS = (
    "image", "page", "row", "column", "cell", "text", "lowest probability", "sure", "left", "top", "width", "height",
)  # fmt: skip
"""Of the table; boxes are in the picture's pixels."""
STANDARD = "-"
Entry = dict[str, Any]


class Out(Protocol):
    """Somewhere that answers go to."""

    def add(self, entry: Entry, read: "Read | None") -> None:
        """Take one more, as `entry_of` has it; `read`: what it is of, where that was read now and not before."""

    def end(self) -> None:
        """There are no more, or they are stopped here."""


def entry_of(read: "Read") -> Entry:
    """All that is known of a page, as plain data."""
    page = {} if read.page is None else {"page": read.page}
    return {"image": read.name} | page | (read.reading.as_json() if read.reading is not None else {"error": read.error})


def outs(json: bool, jsonl: bool, csv: str | None, crops: Path | None, stages: Path | None) -> list[Out]:
    """Where a command's answers go to.

    Raises:
        InputError: two of them want standard output, or a place is none that can be written to.
    """
    printing = [name for name, is_so in (("--json", json), ("--jsonl", jsonl), ("--csv -", csv == STANDARD)) if is_so]
    if len(printing) > 1:
        better = "give the table a file: --csv FILE" if csv == STANDARD else "give one of them"
        raise InputError(f"{' and '.join(printing)} both print on standard output; {better}")
    found: list[Out] = [JsonLines() if jsonl else Json() if json else Errors() if csv == STANDARD else Lines()]
    if csv is not None:
        found.append(Table(csv))
    if crops is not None or stages is not None:
        from fivebyfive.cli.read_pictures import Folder

        found += [Folder(path, what) for path, what in ((crops, "crops"), (stages, "stages")) if path is not None]
    return found


class Errors:
    """Pictures that could not be read, on standard error."""

    def add(self, entry: Entry, read: "Read | None") -> None:  # noqa: ARG002 (Lines needs it)
        """Say what is wrong with it, if anything is."""
        if "error" in entry:
            say_error(entry["error"])

    def end(self) -> None:
        """Nothing is left to be said."""


class Lines(Errors):
    """One line a picture, for people; what was read before they have seen."""

    def add(self, entry: Entry, read: "Read | None") -> None:
        """Print it."""
        if read is None:
            return
        super().add(entry, read)
        if read.reading is not None:
            page = "" if read.page is None else f", page {read.page}"
            say(f"{read.name}{page}: {in_words(read.reading)}")


class Json:
    """One list, written as it comes."""

    def __init__(self) -> None:
        self._before = "["

    def add(self, entry: Entry, read: "Read | None") -> None:  # noqa: ARG002 (as Out has it)
        """Print its entry."""
        print(self._before + as_json(entry), end="")
        self._before = ",\n"

    def end(self) -> None:
        """Close the list."""
        print("[]" if self._before == "[" else "]")


class JsonLines:
    """A line an entry, each as soon as it is there."""

    def add(self, entry: Entry, read: "Read | None") -> None:  # noqa: ARG002 (as Out has it)
        """Print its line."""
        print(as_json(entry), flush=True)

    def end(self) -> None:
        """All is printed."""


class Table:
    """A row for each line of digits, as CSV; a picture without any has one, whose text is empty.

    A text that a spreadsheet would take for a formula begins with an apostrophe. The rows of a file lie in a temporary
    one until it is put in place.
    """

    def __init__(self, place: str) -> None:
        import csv

        self._path = None if place == STANDARD else _writable(Path(place))
        self._rows = sys.stdout if self._path is None else _temporary()
        self._writer = csv.writer(self._rows, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, entry: Entry, read: "Read | None") -> None:  # noqa: ARG002 (as Out has it)
        """Write its rows; those of a file are in it at the end, all at once."""
        if "error" not in entry:
            self._writer.writerows(_rows(entry))

    def end(self) -> None:
        """Put the file in place."""
        if self._path is None:
            return
        import shutil

        from fivebyfive.files import write_atomically

        self._rows.seek(0)

        def write(path: Path) -> None:
            with path.open("w", encoding="utf-8", newline="") as file:
                shutil.copyfileobj(self._rows, file)

        write_atomically(self._path, write)


def _temporary() -> TextIO:
    import tempfile

    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="")


def _rows(entry: Entry) -> Iterator[list[object]]:
    image = [harmless(entry["image"]), entry.get("page", "")]
    for line in entry["lines"]:
        cell = "{}:{}".format(*line["cell"]) if "cell" in line else ""
        how = [f"{line['lowest']:.4f}", "yes" if line["sure"] else "no", *line["box"]]
        yield [*image, line["row"], line["column"], cell, harmless(line["text"]), *how]
    if not entry["lines"]:
        yield [*image, *[""] * (len(COLUMNS) - len(image))]


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


def _writable(path: Path) -> Path:
    """`path`, unless no file can be written there: that is told before anything is read."""
    if path.is_dir():
        raise InputError(f"--csv {path} is a folder; give a file's name")
    if not path.parent.is_dir():
        raise InputError(f"--csv {path}: the folder {path.parent} does not exist; make it, or give another place")
    return path
