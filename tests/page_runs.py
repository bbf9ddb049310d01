"""Runs the code of a page of the documentation, block after block, in the folder and the process of a test.

``5x5`` is called in this process, where it needs no start of its own; a pipe, another program, or ``5x5 serve`` is run
by the shell. What a page would train for a minute is cut short.
"""

import contextlib
import doctest
import io
import linecache
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from page_blocks import RUN, Block, Command, blocks, commands, missing
from support import Call

SHORT = ("--samples", "320", "--epochs", "0", "--display-step", "1")
"""What is put behind ``5x5 train``, unless the page says how long by ``--samples``, or its numbers are shown."""
LONG_LINES = {"COLUMNS": "120"}
_SHELL = re.compile(r"[|<>;&$*`]|^\w+=|--processes")
"""What this process does not do by itself."""


def run_page(page: str, call: Call, given: Mapping[str, object], in_shell: bool = False) -> int:
    """Run all of a page, with the names that its Python is `given`; how many blocks that were.

    Args:
        call: the command in this process, in the folder where the page is run.
        in_shell: the installed ``5x5`` is called for each command, as a reader does.
    """
    names: dict[str, object] = {"__name__": "__main__", **given}
    todo = [block for block in blocks(page) if block.not_run is None]
    with _importable(Path.cwd()):
        for block in todo:
            _block(block, names, call, in_shell)
    return sum(block.language in RUN for block in todo)


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """What lies in `folder` can be imported, as by an interpreter that was started there; then it is forgotten."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):
            if Path(getattr(module, "__file__", None) or "/").is_relative_to(folder):
                del sys.modules[name]


def _block(block: Block, names: dict[str, object], call: Call, in_shell: bool) -> None:
    if block.file is not None:
        path = Path(block.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    elif block.language == "python":
        _python(block, names)
    elif block.language == "pycon":
        _session(block, names)
    elif block.language == "console":
        for command in commands(block):
            _command(block, command, call, in_shell)


def _python(block: Block, names: dict[str, object]) -> None:
    # At its own place in the page, so that an error names the line, and a class of the block has its source.
    text = "\n" * (block.line - 1) + block.text
    linecache.cache[block.page] = (len(text), None, text.splitlines(keepends=True), block.page)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, block.page, "exec"), names)


def _session(block: Block, names: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(block.text.replace("…", "..."), {}, block.place, block.page, block.line)
    test.globs = names  # the parser would copy them
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test, out=said.write, clear_globs=False).failed == 0, f"{block.place}\n{said.getvalue()}"


def _command(block: Block, command: Command, call: Call, in_shell: bool) -> None:
    line = shortened(command)
    if line.startswith("5x5 serve"):
        code, said = _served(line, command)
    elif line.startswith("5x5 ") and not in_shell and not _SHELL.search(line.partition(" > ")[0]):
        asked, _, file = line.partition(" > ")
        code, out, error = call(*shlex.split(asked, comments=True)[1:])
        if file:
            Path(file).write_text(out, encoding="utf-8")
        said = error if file else out + error
    else:
        code, said = _in_shell(line)
    assert (code != 0) == command.fails, f"{block.place}: {line} ends with {code}\n{said}"
    lacks = missing(said, command.printed)
    assert lacks is None, f"{block.place}: {line} does not print\n    {lacks}\nbut\n{said}"


def shortened(command: Command) -> str:
    """The command's line; a training that would take long takes a few steps."""
    line = command.line
    if line.startswith("5x5 train") and "--samples" not in line and "--resume" not in line and not command.fails:
        return f"{line.partition('  #')[0]} {shlex.join(SHORT)}"
    return line


def _environment() -> dict[str, str]:
    beside = str(Path(sys.executable).parent)
    return {**os.environ, **LONG_LINES, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}


def _in_shell(line: str) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "-c", line],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


def _served(line: str, command: Command) -> tuple[int, str]:
    """A server, until it has said all that the page shows; then it is ended by Ctrl-C."""
    arguments = shlex.split(line, comments=True)
    if "--port" not in arguments:
        arguments += ["--port", "0"]
    process = subprocess.Popen(
        arguments, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = ""
    try:
        for text in process.stdout:
            said += text
            if missing(said, command.printed) is None:
                break
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    return process.returncode if process.returncode != 130 else 0, said
