"""Processes that work on items, a core each: results come in the items' order, and few are in memory at a time.

What a process has sent ahead of its turn is kept as the bytes that it sent, WAITING at most. A process that is killed
holds up nothing: another one goes on with what it had, and an item that ends two of them is given up.
"""

import contextlib
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from fivebyfive.errors import Failure
from fivebyfive.group import current
from fivebyfive.processes import safe_context

Item = TypeVar("Item")
Result = TypeVar("Result")

WAITING = 64 << 20
"""Bytes of results that wait for their turn; of more, only those are received whose turn it is."""
AHEAD = 4
"""Tasks a process that are begun before the first of them has ended."""
TRIES = 2
"""Processes that an item may end."""
HOPELESS = 12
"""So many ended processes one after the other, with nothing done in between, are no item's fault."""
_DONE = b""
"""What is sent after the results of an item."""


@dataclass
class _Task(Generic[Item]):
    """Some items in work.

    Attributes:
        items: that are not done.
        sent: the bytes of results whose turn has not come, _DONE after each item's.
        count: results of the first of `items` that have come; known: so many are still to come once more, from
            another process.
        tries: processes that the first of `items` has ended.
    """

    items: deque[Item]
    worker: "_Worker | None" = None
    sent: deque[bytes] = field(default_factory=deque)
    count: int = 0
    known: int = 0
    tries: int = 0


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection

    def end(self) -> None:
        self.process.kill()
        self.pipe.close()
        self.process.join()


def in_order(
    tasks: Iterator[tuple[Item, ...]],
    work: Callable[[Item], Iterable[Result]],
    given_up: Callable[[Item, int], Result],
) -> Iterator[Result]:
    """What `work` gives for each item of each of `tasks`, in their order.

    Args:
        given_up: what is given for an item that ends its processes, after so many results of it.
        work: importable, since other processes call it; so that they can be ended at any moment, it changes nothing.

    Raises:
        Failure: processes are ended again and again.
    """
    pool = _Pool(work, given_up)
    try:
        while pool.begin(tasks):
            yield from pool.received()
    finally:
        pool.end()


class _Pool(Generic[Item, Result]):
    def __init__(self, work: Callable[[Item], Iterable[Result]], given_up: Callable[[Item, int], Result]) -> None:
        self._work, self._given_up = work, given_up
        self._context = safe_context()
        self._most = max(1, (os.cpu_count() or 1) // current().local_size)
        self._idle: list[_Worker] = []
        self._tasks: deque[_Task[Item]] = deque()
        self._waiting = self._ended = 0

    def begin(self, tasks: Iterator[tuple[Item, ...]]) -> bool:
        """Give a task to every process that has none; False where nothing is left to be done."""
        while len(self._tasks) < AHEAD * self._most and (len(self._idle) or self._busy() < self._most):
            items = next(tasks, None)
            if items is None:
                break
            self._tasks.append(_Task(deque(items)))
            self._start(self._tasks[-1])
        return bool(self._tasks)

    def received(self) -> Iterator[Result]:
        """Wait for results; give those whose turn it is."""
        first = self._tasks[0]
        asked = [first] if self._waiting > WAITING else self._tasks
        pipes = {task.worker.pipe: task for task in asked if task.worker is not None}
        for pipe in wait(list(pipes)) if not first.sent and first.items else []:
            self._receive(pipes[pipe])  # type: ignore[index]  # they are those that were given
        while self._tasks:
            first = self._tasks[0]
            while first.sent:
                data = first.sent.popleft()
                self._waiting -= len(data)
                if data != _DONE:
                    yield pickle.loads(data)
            if first.items:
                return
            self._tasks.popleft()

    def end(self) -> None:
        """End every process."""
        for worker in [*self._idle, *(task.worker for task in self._tasks if task.worker is not None)]:
            worker.end()

    def _busy(self) -> int:
        return sum(task.worker is not None for task in self._tasks)

    def _start(self, task: _Task[Item]) -> None:
        task.worker = self._idle.pop() if self._idle else self._new()
        with contextlib.suppress(OSError):  # it has ended; receiving from it will tell
            task.worker.pipe.send(tuple(task.items))

    def _new(self) -> _Worker:
        here, there = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(there, self._work), daemon=True)
        process.start()
        there.close()
        return _Worker(process, here)

    def _receive(self, task: _Task[Item]) -> None:
        assert task.worker is not None
        try:
            data = task.worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._go_on_without(task)
            return
        if data == _DONE:
            self._ended = 0
        elif task.known:
            task.known -= 1
            return
        self._note(task, data)
        if not task.items:
            self._idle.append(task.worker)
            task.worker = None

    def _note(self, task: _Task[Item], data: bytes) -> None:
        task.sent.append(data)
        task.count += 1
        self._waiting += len(data)
        if data == _DONE:
            task.items.popleft()
            task.count = task.known = task.tries = 0

    def _go_on_without(self, task: _Task[Item]) -> None:
        """The process of `task` has ended: another one goes on, after the item that has ended TRIES of them."""
        assert task.worker is not None
        task.worker.end()
        task.tries += 1
        self._ended += 1
        if self._ended >= HOPELESS:
            raise Failure("processes that read pictures are killed again and again, by want of memory perhaps")
        task.worker, task.known = None, task.count
        if task.tries >= TRIES:
            self._note(task, pickle.dumps(self._given_up(task.items[0], task.count)))
            self._note(task, _DONE)
        if task.items:
            self._start(task)


# --- a process --------------------------------------------------------------------------------------------------------


def _serve(pipe: Connection, work: Callable[[Item], Iterable[object]]) -> None:
    """Send what `work` gives for each item of each task that comes, until none comes any more."""
    import cv2

    cv2.setNumThreads(1)  # there is a process for each core already
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started them
    with contextlib.suppress(EOFError, OSError):
        while True:
            for item in pipe.recv():
                for result in work(item):
                    pipe.send_bytes(pickle.dumps(result))
                pipe.send_bytes(_DONE)
