"""A listing of a network that has no code: one line an operation, as a person would have written it."""

import keyword
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fivebyfive.explain.source import Function, Line

MOST = 8
"""Values of a list that are written."""
LONGEST = 60
"""Characters of a text that are written."""


@dataclass
class Listing:
    """The text of a network's file, line by line.

    Attributes:
        file: what the file is called.
    """

    file: str
    written: list[str] = field(default_factory=list)

    def add(
        self, outputs: Iterable[str], op: str, inputs: Iterable[str], options: Mapping[str, Any] | None = None
    ) -> Line:
        """Write ``outputs = op(inputs, options)`` and give its line."""
        arguments = [*map(as_name, inputs), *(f"{name}={as_value(value)}" for name, value in (options or {}).items())]
        return self.line(f"{', '.join(map(as_name, outputs))} = {op}({', '.join(arguments)})")

    def line(self, text: str) -> Line:
        """Write one line, whatever it is."""
        self.written.append(text)
        return Line(Function(self.file, "<module>"), len(self.written))

    def text(self) -> str:
        """All of it."""
        return "".join(f"{line}\n" for line in self.written)


def as_name(text: str) -> str:
    """`text` as Python writes a name: "layer1.0/conv-1" becomes layer1[0].conv_1."""
    name = ""
    for part in (re.sub(r"\W", "_", part, flags=re.ASCII) for part in re.split(r"[./]", text) if part):
        if part.isdigit() and name:
            name += f"[{int(part)}]"
        else:
            plain = f"_{part}" if part[0].isdigit() else f"{part}_" if keyword.iskeyword(part) else part
            name += f".{plain}" if name else plain
    return name or "_"


def as_value(value: Any) -> str:
    """A number, a text or a list of them, of a long one the beginning."""
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, (list, tuple)):
        inner = ", ".join([*map(as_value, value[:MOST]), *(["..."] if len(value) > MOST else [])])
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    said = repr(value)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]!r}" if isinstance(value, str) else "..."
