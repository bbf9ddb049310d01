"""Every step gets its name, its module and its lines of the user's code."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import nn

from fivebyfive.explain.definitions import Definitions
from fivebyfive.explain.source import Files, Function, Line, Stack
from fivebyfive.explain.step import Source, Step, UserLine


@dataclass
class Note:
    """What is known of a step besides the step itself, until names are given."""

    stack: Stack
    own: bool
    """Whether the code of a PyTorch module made the call, and no code of the user's in it."""


class Defines(Protocol):
    """Says which line made each layer, and where the network begins and ends."""

    def line(self, path: str) -> Source | None:
        """The line that made the layer at `path`; None where it is not known."""

    def ends(self, function: Function | None) -> tuple[Source | None, Source | None]:
        """The lines where the image enters and where the answer leaves."""


class Lines:
    """Gives every step its name, its module and its lines of code."""

    def __init__(
        self,
        steps: list[Step],
        notes: list[Note],
        network: nn.Module,
        files: Files,
        defined: "Definitions | Defines | None" = None,
    ) -> None:
        self._steps, self._notes, self._files = steps, notes, files
        self._paths = {id(module): path for path, module in network.named_modules()}
        self._defined = defined or Definitions(network, files)
        self._statements: dict[Function, set[tuple[int, int]]] = {}
        self._note_statements()
        self._shown = [self._line_shown(note.stack) for note in self._notes]
        self._modules = ["" for _ in self._steps]
        for step, note in zip(self._steps, self._notes, strict=True):
            self._place(step, note)
        self._give_names()
        self._place_ends()
        self.user_lines = self._user_lines()
        shown = [line for step in self._steps for line in (*step.chain, step.source, step.definition) if line]
        self.source_files = {file: files.text(file) for file in dict.fromkeys(line.file for line in shown)}

    def remarks(self) -> list[str]:
        """What a reader must know about lines that are not shown."""
        functions = {line.function for note in self._notes for line in note.stack.lines}
        without = sorted({function.file for function in functions if not self._files.has(function)})
        if not without:
            return []
        files = ", ".join(without[:3]) + (" …" if len(without) > 3 else "")
        return [
            f"There is no source text for the code of {files}: it was not run from a file or a notebook's cell, or the "
            "file is gone or was changed since; its steps are shown without lines."
        ]

    def _note_statements(self) -> None:
        """Which statements of each function performed steps."""
        for line in dict.fromkeys(line for note in self._notes for line in note.stack.lines):
            found = self._files.statement(line)
            begins = (found.first, found.column) if found else (line.number, 0)
            self._statements.setdefault(line.function, set()).add(begins)

    def _place(self, step: Step, note: Note) -> None:
        where = note.stack
        step.module = self._path(where.modules)
        sources = [self._files.source(line) for line in where.lines]
        known = [(source, line.frame) for source, line in zip(sources, where.lines, strict=True) if source]
        step.chain = tuple(source for source, _ in known)
        step.frames = tuple(frame for _, frame in known)
        if where.lines:
            at = self._shown[step.index]
            step.source = sources[at]
            self._modules[step.index] = self._path(where.modules[: where.depths[at]])
        if note.own and where.modules:
            step.definition = self._defined.line(step.module)
            step.source = step.source or step.definition

    def _line_shown(self, where: Stack) -> int:
        """Which of the lines is the one to show: the innermost forward's, or where that only hands on to.

        What runs before the forward, in the same module, are decorators that wrap it.
        """
        if not where.lines:
            return -1
        at = where.depths.index(where.depths[-1])
        names = [line.function.name for line in where.lines[at:]]
        at += names.index("forward") if "forward" in names else 0
        while at + 1 < len(where.lines) and self._only_hands_on(where.lines[at]):
            at += 1
        return at

    def _only_hands_on(self, line: Line) -> bool:
        found = self._files.statement(line)
        alone = len(self._statements[line.function]) == 1
        return alone and found is not None and found.hands_on

    def _path(self, modules: Sequence[nn.Module]) -> str:
        """The path of the innermost module; one that is not registered adds its class to the path around it."""
        classes: list[str] = []
        for module in reversed(modules):
            known = self._paths.get(id(module))
            if known is not None:
                return ".".join([known, *reversed(classes)]).lstrip(".")
            classes.append(type(module).__name__)
        return ".".join(reversed(classes))

    def _give_names(self) -> None:
        ops_of: dict[str, set[str]] = {}
        for step, note in zip(self._steps, self._notes, strict=True):
            if note.own:
                ops_of.setdefault(step.module, set()).add(step.op)
        times: Counter[str] = Counter()
        for step, note in zip(self._steps, self._notes, strict=True):
            if note.own and step.module:
                name = step.module if len(ops_of[step.module]) == 1 else f"{step.module}.{step.op}"
            elif step.kind == "output":
                part = step.attributes.get("part")
                name = f"output.{part}" if part else "output"
            elif step.kind == "input":
                name = f"input.{step.attributes['part']}" if "part" in step.attributes else "input"
            else:
                name = self._by_target(step, note)
            times[name] += 1
            step.name = name if times[name] == 1 else f"{name}#{times[name]}"

    def _by_target(self, step: Step, note: Note) -> str:
        target = ""
        if note.stack.lines:
            line = note.stack.lines[self._shown[step.index]]
            found = self._files.statement(line)
            targets = found.targets if found and line.function.name != "<lambda>" else ()
            several = len(targets) > 1 and len(targets) == step.attributes.get("parts")
            target = targets[step.attributes["part"]] if several else targets[0] if len(targets) == 1 else ""
        return ".".join(part for part in (self._modules[step.index], target, step.op) if part)

    def _place_ends(self) -> None:
        """The image enters where the function that is shown begins; the output leaves where that returns."""
        outer = (
            note.stack.lines[at].function
            for note, at, module in zip(self._notes, self._shown, self._modules, strict=True)
            if note.stack.lines and not module
        )
        begin, end = self._defined.ends(next(outer, None))
        for step in self._steps:
            if step.kind == "input":
                step.source = begin
            if step.kind == "output":
                step.source = end

    def _user_lines(self) -> list[UserLine]:
        runs: list[tuple[tuple[Any, ...], Source, list[int]]] = []
        for step in self._steps:
            if step.source is None:
                continue
            key = (step.source.file, step.source.first, self._modules[step.index])
            if runs and runs[-1][0] == key:
                runs[-1][2].append(step.index)
            else:
                runs.append((key, step.source, [step.index]))
        return [
            UserLine(source, self._files.statement_text(source), key[2], tuple(steps)) for key, source, steps in runs
        ]
