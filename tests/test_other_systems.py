"""Windows and macOS, where nothing here has been tried yet: what only Linux has is used only where there is one.

Read from the code: a use counts as guarded where its file asks ``hasattr`` for that very name, within an ``if`` that
asks for the system (``sys.platform``, ``os.name``), an ``except ImportError``, or ``suppress(ImportError)``.
"""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivebyfive import files

PACKAGE = Path(files.__file__).parent

MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "crypt", "readline"}
NAMES = {
    "os": "fork forkpty wait waitid killpg getuid geteuid getgid getegid getgroups getpgid getsid setsid setpgid nice "
    "chown lchown fchown fchdir chroot mkfifo mknod uname getloadavg sysconf statvfs fstatvfs sched_getaffinity "
    "posix_fallocate posix_fadvise pread pwrite sendfile openpty ctermid O_NONBLOCK O_NOFOLLOW O_DIRECTORY O_CLOEXEC "
    "O_PATH O_TMPFILE O_DIRECT O_SYNC fchmod EX_OK WIFEXITED WEXITSTATUS WIFSIGNALED WTERMSIG memfd_create eventfd",
    "signal": "SIGKILL SIGUSR1 SIGUSR2 SIGALRM SIGHUP SIGSTOP SIGCONT SIGTSTP SIGQUIT SIGPIPE SIGCHLD SIGXCPU SIGXFSZ "
    "SIGWINCH alarm setitimer pause siginterrupt sigwait sigpending pthread_kill pthread_sigmask",
    "socket": "AF_UNIX SO_REUSEPORT",
    "mmap": "MADV_DONTNEED MADV_SEQUENTIAL MAP_SHARED MAP_PRIVATE MAP_ANONYMOUS",
    "resource_tracker": "ensure_running",
}
ONLY = {f"{module}.{name}" for module, names in NAMES.items() for name in names.split()}
PLACES = ("/proc", "/tmp", "/dev/", "/etc/", "/sys/", "/var/")
TEXT = {"read_text", "write_text"}
ANY = re.compile("|".join(map(re.escape, [*ONLY, *PLACES, *TEXT, *(f"import {name}" for name in MODULES)])))


def _uses(file: Path) -> Iterator[tuple[int, str]]:
    """What the file uses of that without a guard: the line, and what."""
    code = file.read_text(encoding="utf-8")
    if not ANY.search(code):  # most files, which need not be parsed
        return
    asked = {f"{module}.{name}" for module, name in re.findall(r'hasattr\((\w+), ["\'](\w+)["\']\)', code)}
    yield from ((line, what) for line, what in _below(ast.parse(code), False) if what not in asked)


def _below(node: ast.AST, guarded: bool) -> Iterator[tuple[int, str]]:
    guarded = guarded or _guards(node)
    if not guarded:
        yield from ((node.lineno, found) for found in _found(node))  # type: ignore[attr-defined]
    for child in ast.iter_child_nodes(node):
        yield from _below(child, guarded)


def _guards(node: ast.AST) -> bool:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.BoolOp(values=[test, *_]):
            return any(sign in ast.unparse(test) for sign in ("sys.platform", "os.name"))
        case ast.Try(handlers=handlers):
            return any(handler.type and "ImportError" in ast.unparse(handler.type) for handler in handlers)
        case ast.With(items=items):
            return any("suppress(ImportError" in ast.unparse(item) for item in items)
    return False


def _found(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names if alias.name in MODULES)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in ONLY:
            yield f"{module}.{name}"
        case ast.Constant(value=str(text)) if text.startswith(PLACES):
            yield text
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if name in TEXT:
            if "encoding" not in {keyword.arg for keyword in keywords}:
                yield f"{name} in the system's own encoding"


def test_nothing_that_only_linux_has_is_used_without_asking() -> None:
    found = {
        f"{file.relative_to(PACKAGE).as_posix()}:{line}: {what}"
        for file in PACKAGE.rglob("*.py")
        for line, what in _uses(file)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import fcntl", {"fcntl"}),
        ("try:\n    import fcntl\nexcept ImportError:\n    pass", set()),
        ("code = signal.SIGKILL", {"signal.SIGKILL"}),
        ("code = -signal.SIGXCPU if hasattr(signal, 'SIGXCPU') else None", set()),
        ("open('/proc/self/statm')", {"/proc"}),
        ("Path('a').read_text()", {"read_text"}),
    ],
)
def test_what_is_read_from_the_code_is_what_is_in_it(tmp_path: Path, code: str, what: set[str]) -> None:
    (tmp_path / "code.py").write_text(code)
    assert {next(w for w in what if used.startswith(w)) for _, used in _uses(tmp_path / "code.py")} == what


def test_a_file_is_flushed_as_windows_demands_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There only a handle that may write can be flushed, and a folder cannot be opened."""
    opened: list[tuple[Path, int]] = []
    open_ = os.open

    def noted(path: Path, flags: int) -> int:
        opened.append((path, flags))
        return open_(path, flags)

    monkeypatch.setattr(os, "name", "nt")
    monkeypatch.setattr(os, "open", noted)
    (tmp_path / "weights").write_bytes(b"1")
    files.flush(tmp_path / "weights")
    files.flush(tmp_path)
    assert opened == [(tmp_path / "weights", os.O_RDWR)]
