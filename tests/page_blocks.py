"""The code of the documentation: each fenced block of a page, and what becomes of it.

A block of ``python``, ``pycon`` or ``console`` is run, one after the other, as by a reader who follows the page. What
begins with a comment that is nothing but a file's name is that file. Where a line ``<!-- not run: WHY -->`` stands
above a block, it is not run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUN = ("python", "pycon", "console")
SHOWN = ("text", "json", "mermaid", "html", "js")
"""What is there to be read, and is no instruction: output, documents, drawings."""

_FENCE = re.compile(r"^( *)(`{3,})(.*)$")
_NAME = re.compile(r"^(?:#|//|<!--) ([\w./-]+\.\w+)(?: -->)?$")
_NOT_RUN = re.compile(r"^<!-- not run: (.+) -->$")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: relative to the repository.
        line: of its first line of text, from 1.
        language: the first word after the fence.
        not_run: why it is not run; None where it is.
    """

    page: str
    line: int
    language: str
    text: str
    not_run: str | None

    @property
    def file(self) -> str | None:
        """The name of the file that it is; None for what is no file."""
        named = _NAME.match(self.text.partition("\n")[0])
        return named[1] if named else None

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """All pages, relative to the repository."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return list(_blocks(page, (ROOT / page).read_text(encoding="utf-8").splitlines()))


def _blocks(page: str, lines: list[str]) -> Iterator[Block]:
    fence, start, language, reason = "", 0, "", None
    for number, line in enumerate(lines):
        found = _FENCE.match(line)
        if not fence and found:
            assert not found[1], f"{page}:{number + 1}: a fenced block begins at the left edge"
            fence, start, language = found[2], number + 1, found[3].partition(" ")[0]
            above = next((text for text in reversed(lines[:number]) if text), "")
            marked = _NOT_RUN.match(above)
            reason = marked[1] if marked else None
        elif fence and line.strip() == fence:
            yield Block(page, start + 1, language, "\n".join(lines[start:number]) + "\n", reason)
            fence = ""
    assert not fence, f"{page}:{start}: this block has no end"


@dataclass(frozen=True)
class Command:
    """A command of a console, and what it must print: lines in this order, … for anything, others between them."""

    line: str
    printed: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether an error is what the page shows."""
        return any(line.startswith("error: ") for line in self.printed)


def commands(block: Block) -> list[Command]:
    """The commands of a console: lines that begin with ``$ ``, gone on with where they end in a backslash."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip() not in ("", "…"):
            assert found, f"{block.place}: something is printed before any command"
            found[-1][1].append(line.strip())
    return [Command(line, tuple(printed)) for line, printed in found]


def missing(printed: str, expected: tuple[str, ...]) -> str | None:
    """The first line of `expected` that does not come, after those before it, in `printed`; None if all do."""
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    for wanted in expected:
        parts = (re.escape(part) for part in " ".join(wanted.split()).split("…"))
        pattern = re.compile(".*".join(parts))
        if not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return None
