"""The run folder of a training that torchrun may start again, by the very same call, when a worker was killed.

The first time it is made, as ever. Each further time the run that is there already is gone on with, from its last
checkpoint. Which folder that is, where the call does not say so, is remembered in the launch's own folder.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fivebyfive import group
from fivebyfive.errors import InputError
from fivebyfive.files import write_atomically
from fivebyfive.training import distributed, folder
from fivebyfive.training.plans import Plan

REMEMBERED = "run"
"""In the launch's folder: where its run is."""


@contextmanager
def run_folder(out: Path | None, plan: Plan, begin: Callable[[Path], object]) -> Iterator[tuple[Path, bool]]:
    """The folder of the run that `plan` says, and whether it came to its end before all was started again.

    The first process makes it and is its only writer, or finds it; all others are told.

    Args:
        out, begin: as `folder.created` takes them.

    Raises:
        InputError: as `folder.created`; or what is trained is not what it was before all was started again.
    """
    with distributed.by_first(lambda: _folder(out, plan, begin)) as (place, done):
        _remember(place)
        yield place, done


@contextmanager
def _folder(out: Path | None, plan: Plan, begin: Callable[[Path], object]) -> Iterator[tuple[Path, bool]]:
    place = _remembered() or out if group.current().restarts else None
    if place is None or not (place / folder.RUN).is_file():
        with folder.created(place or out, plan, begin) as made:
            yield made, False
        return
    before, document = folder.read(place)
    if before != plan:
        raise InputError(f"{place} holds another run than this call trains; choose another --out")
    if document["state"] == "done":
        yield place, True
        return
    with folder.unfinished(place):
        yield place, False


def _remembered() -> Path | None:
    launch = group.launch_folder()
    with contextlib.suppress(OSError):
        return Path((launch / REMEMBERED).read_text(encoding="utf-8")) if launch is not None else None
    return None


def _remember(place: Path) -> None:
    launch = group.launch_folder()
    if launch is not None and not group.current().local_rank:
        with contextlib.suppress(OSError):
            write_atomically(launch / REMEMBERED, lambda path: path.write_text(str(place), encoding="utf-8"))
