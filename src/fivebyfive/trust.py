"""Whose code may run: the one gate before every user's own network, whoever asks for it.

Code runs that the user names (``train FILE.py:NAME``, ``--network``). Where a model or a run folder names it, only
what this user trained here runs: that very name with its arguments, for such pictures and so many classes, from the
very sources that made the network then: its file and what the file imported from its own folder. A ledger in the
user's own state folder remembers them; a damaged one, or one that others may write, is as good as none.
"""

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.files import NO_LINK, NO_WAITING, open_plain
from fivebyfive.networks import own_code
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec

MOST_BYTES = 16 << 20
"""Of the ledger: far more than anybody trains."""

Shape = tuple[int, int, int]


def by_user(spec: Spec) -> Code | None:
    """The code of a network that the user himself names; None for one of this package.

    Raises:
        InputError: there is no such file.
    """
    return None if spec.file is None else own_code.read(spec.file)


def by_model(spec: Spec, shape: Shape, classes: int, origin: Path, else_do: str) -> Code | None:
    """The code of a network that the model or run at `origin` names, if it was trained here; None for the package's.

    Args:
        shape, classes: that the network is made for.
        else_do: what the user does who trusts the code all the same; SPEC in it stands for the network's name.

    Raises:
        InputError: it was not trained here, or has changed since.
    """
    if spec.file is None:
        return None
    whole = spec.absolute()
    assert whole.file is not None
    for files in _remembered(whole, shape, classes):
        sources = _unchanged(files)
        if sources is not None and whole.file in sources:
            return Code(spec.file, whole.file, sources, closed=True)
    raise InputError(
        f"{origin} was trained with the code in {spec}, which has changed or was never trained here; "
        f"if you trust that code, {else_do.replace('SPEC', shlex.quote(str(spec)))}"
    )


def remember(spec: Spec, shape: Shape, classes: int) -> None:
    """Note that this user trains the network here, with the sources that it was just made from.

    Raises:
        OSError: the ledger cannot be written, or the sources cannot be compared later.
    """
    whole = spec.absolute()
    if whole.file is None:
        return
    files = {str(path): digest for path, digest in sorted(own_code.digests(whole.file).items())}
    known = _read()
    line = json.dumps({**_key(whole, shape, classes), "files": files}).encode()
    if line in known.splitlines():
        return
    ledger = _ledger()
    ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_WAITING | NO_LINK
    handle = os.open(ledger, flags, 0o600)
    try:
        if hasattr(os, "fchmod"):  # on Windows, what lies in a user's folder is the user's already
            os.fchmod(handle, 0o600)
        # One write, so that two trainings at once leave two whole lines; a torn line before it stays by itself.
        os.write(handle, b"\n" * (known[-1:] not in (b"", b"\n")) + line + b"\n")
    finally:
        os.close(handle)


def _key(spec: Spec, shape: Shape, classes: int) -> dict[str, Any]:
    return {"network": str(spec), "shape": list(shape), "classes": classes}


def _remembered(spec: Spec, shape: Shape, classes: int) -> Iterator[dict[str, str]]:
    """The sources of each time that the network was trained here, the latest first."""
    key = _key(spec, shape, classes)
    for line in reversed(_read().splitlines()):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and {name: entry.get(name) for name in key} == key:
            files = entry.get("files")
            if isinstance(files, dict):
                yield files


def _unchanged(files: dict[str, str]) -> dict[Path, bytes] | None:
    """The bytes of all `files`, each read once, if all are as they were; these bytes are what runs."""
    sources = {}
    for name, digest in files.items():
        try:
            source = own_code.read_source(Path(name))
        except (OSError, ValueError):
            return None
        if own_code.digest(source) != digest:
            return None
        sources[Path(name)] = source
    return sources


def _read() -> bytes:
    """The ledger; empty where there is none, and where it is no file of the user's own that only he may write."""
    try:
        with open_plain(_ledger()) as file:
            about = os.fstat(file.fileno())
            return file.read() if _is_own(about) and about.st_size <= MOST_BYTES else b""
    except OSError:
        return b""


def _is_own(about: os.stat_result) -> bool:
    """Whether only this user writes it; on Windows nobody else writes into a user's folder."""
    return os.name == "nt" or (about.st_uid == os.geteuid() and not about.st_mode & 0o022)


def _ledger() -> Path:
    """Where it is. A relative XDG_STATE_HOME is not heeded: it would lie in whatever folder one is in.

    Source: XDG Base Directory Specification.
    """
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    try:
        return (state if state.is_absolute() else Path.home() / ".local" / "state") / "fivebyfive" / "trained-networks"
    except RuntimeError as error:
        raise OSError(f"there is no home folder: {error}") from None
