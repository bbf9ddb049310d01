"""One process of several that do one piece of work together: which of them this is, and what all of them agree upon.

`torchrun` starts the processes, on one machine or on many, and says in each one's environment which it is. Who was
started alone is `ALONE`, asks nobody, and loads nothing for it.

Source: https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables
"""

import atexit
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fivebyfive import neighbours
from fivebyfive.errors import InputError
from fivebyfive.neighbours import Neighbours

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
PATIENCE = timedelta(days=7)
"""How long one waits for another, which somebody may hold up; that it is gone would be noticed at once."""


@dataclass(frozen=True)
class Group:
    """A process among those that work together.

    Attributes:
        rank: its number, from 0; the first one prints and writes.
        size: how many there are.
        local_rank: its number on its machine; local_size: how many there are on it.
        restarts: how often all of them were started again, because one had died.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    restarts: int = 0

    @property
    def alone(self) -> bool:
        """Whether there is no other process to ask."""
        return self.size == 1

    @property
    def first(self) -> bool:
        """Whether this is the one that prints and writes."""
        return self.rank == 0

    def in_words(self) -> str | None:
        """How many share the work, as a sentence; None: nobody."""
        again = f", started again {self.restarts} times" if self.restarts > 1 else ", started again" * self.restarts
        return None if self.alone else f"{self.size} processes share every batch{again}"

    def part(self, count: int) -> slice:
        """Which of `count` things are this process's, in the ranks' order; no process has two more than another."""
        return slice(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    def told(self, value: T) -> T:
        """The first process's `value`, in every process."""
        if self.alone:
            return value
        import torch
        from torch import distributed

        message = _packed(value) if self.first else torch.empty(0, dtype=torch.uint8)
        length = torch.tensor([len(message)])
        distributed.broadcast(length, 0, group=_asking)
        if not self.first:
            message = torch.empty(int(length), dtype=torch.uint8)
        distributed.broadcast(message, 0, group=_asking)
        return value if self.first else pickle.loads(message.numpy().tobytes())

    def gathered(self, value: T) -> list[T]:
        """Every process's `value`, by rank, in every process."""
        if self.alone:
            return [value]
        import torch
        from torch import distributed

        message = _packed(value)
        lengths = [torch.zeros(1, dtype=torch.int64) for _ in range(self.size)]
        distributed.all_gather(lengths, torch.tensor([len(message)]), group=_asking)
        room = max(map(int, lengths))
        padded = torch.zeros(room, dtype=torch.uint8)
        padded[: len(message)] = message
        given = [torch.empty(room, dtype=torch.uint8) for _ in range(self.size)]
        distributed.all_gather(given, padded, group=_asking)
        return [pickle.loads(m.numpy()[: int(n)].tobytes()) for m, n in zip(given, lengths, strict=True)]

    def summed(self, *values: float) -> tuple[float, ...]:
        """Each of `values`, added up over all processes; the very same sum in each of them."""
        if self.alone:
            return values
        import torch

        return tuple(self.rows(torch.tensor(values, dtype=torch.float64)).sum(0).tolist())

    def rows(self, mine: "Tensor") -> "Tensor":
        """Every process's tensor, all of one shape and type, by rank, [size, …]; for a few numbers."""
        import torch

        if self.alone:
            return mine[None]
        if _near is not None and mine.device.type == "cpu":
            said = bytearray(b"".join(_near.words(mine.numpy().tobytes())))
            return torch.frombuffer(said, dtype=mine.dtype).reshape(self.size, *mine.shape)
        from torch import distributed

        given = [torch.empty_like(mine) for _ in range(self.size)]
        distributed.all_gather(given, mine, group=_asking if mine.device.type == "cpu" else None)
        return torch.stack(given)

    def any(self, holds: bool) -> bool:
        """Whether it holds in any of the processes."""
        return holds if self.alone else self.summed(float(holds))[0] > 0

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """One process of each machine goes first and all others after it, who find what it has made ready."""
        if self.local_size > 1 and self.local_rank > 0:
            self.any(False)
        yield
        if not self.alone and self.local_rank == 0:
            self.any(False)


ALONE = Group()
_joined: Group | None = None
_asking: Any = None
"""The group of processes as PyTorch has it, for what they tell one another on the CPU."""
_store: Any = None
_near: Neighbours | None = None


def current() -> Group:
    """The group that this process works in; `ALONE` as long as it has joined none."""
    return _joined or ALONE


def near() -> Neighbours | None:
    """The processes of the group, where all of them are on this machine and can share memory; else None."""
    return _near


def is_asked() -> bool:
    """Whether this process was started as one of several, or as one that is started again when it dies."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


def is_first() -> bool:
    """Whether this process prints and writes, also before it has joined."""
    return not is_asked() or os.environ["RANK"] == "0"


def join() -> Group:
    """Meet the other processes, once in a process's life; returns when all of them are there.

    Raises:
        InputError: what the environment says makes no sense.
    """
    global _joined, _asking, _store, _near
    if _joined is not None or not is_asked():
        return current()
    found = _said()
    if not found.alone:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # read when it is loaded; errors are told by us
        import torch
        from torch import distributed

        on_gpu = _take_gpu(found)
        if found.local_size == found.size:  # nobody is elsewhere, whatever this machine's name leads to
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
        if not distributed.is_initialized():
            from torch.distributed.distributed_c10d import PrefixStore
            from torch.distributed.rendezvous import rendezvous

            _store = next(rendezvous("env://"))[0]
            distributed.init_process_group(
                "cpu:gloo,cuda:nccl" if on_gpu else "gloo",
                store=PrefixStore(f"work-{found.restarts}", _store),
                rank=found.rank,
                world_size=found.size,
                timeout=PATIENCE,
                device_id=torch.device("cuda", found.local_rank) if on_gpu else None,
            )
        _asking = distributed.new_group(backend="gloo", timeout=PATIENCE)
        atexit.register(_leave)
        if found.local_size == found.size and neighbours.possible():
            _near = Neighbours(found.rank, found.size, found.gathered)
    _joined = found
    return found


def _leave() -> None:
    """Close what connects this process with the others: left to the end of the process, its threads abort it."""
    global _asking, _store, _near
    from torch import distributed

    with suppress(Exception):  # whoever is gone need not be told
        distributed.destroy_process_group()
    _asking = _store = _near = None


def store() -> Any:
    """Where all processes may leave a word, to be found when they are gone; None: there is no such place."""
    return _store


def launch_folder() -> Path | None:
    """A private folder of whoever started this process, the same when he starts it again; None: he has none.

    Source: torch.distributed.elastic.multiprocessing.DefaultLogsSpecs: LAUNCH/attempt_N/LOCAL_RANK/error.json
    """
    told = os.environ.get("TORCHELASTIC_ERROR_FILE", "")
    folder = Path(told).parents[2] if told.count("/") > 3 else None
    return folder if folder is not None and folder.is_dir() else None


def _said() -> Group:
    """What the environment says, checked."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "TORCHELASTIC_RESTART_COUNT")
    defaults = (0, 1, 0, 1, 0)
    values = []
    for name, default in zip(names, defaults, strict=True):
        text = os.environ.get(name, str(default))
        if not text.isdecimal() or len(text) > 6:
            raise InputError(f"the environment's {name} is {text[:40]!r}; start the processes with torchrun")
        values.append(int(text))
    group = Group(*values)
    if group.rank >= group.size or group.local_rank >= group.local_size or group.local_size > group.size:
        said = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        raise InputError(f"the environment's numbers do not fit each other ({said}); start the processes with torchrun")
    return group


def _take_gpu(group: Group) -> bool:
    """Make this process's GPU the one that "cuda" means; false where there is not one for each process."""
    import torch

    if not torch.cuda.is_available() or torch.cuda.device_count() < group.local_size:
        return False
    torch.cuda.set_device(group.local_rank)
    return True


def _packed(value: Any) -> "Tensor":
    """`value` as bytes. It goes to processes that run this very program for the same user, and to nobody else."""
    import numpy as np
    import torch

    return torch.from_numpy(np.frombuffer(pickle.dumps(value), np.uint8).copy())
