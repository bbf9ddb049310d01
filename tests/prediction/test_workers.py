"""Work shared out to processes: in order, few in memory, and a killed process holds up nothing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivebyfive.errors import Failure
from fivebyfive.prediction import workers
from fivebyfive.prediction.workers import in_order


def counted(number: int) -> Iterator[tuple[int, int]]:
    """As many results as `number` says."""
    for i in range(number % 4):
        yield number, i


def large(number: int) -> Iterator[bytes]:
    """Ten megabytes."""
    for _ in range(10):
        yield bytes([number]) * (1 << 20)


def ends_itself(item: tuple[str, int]) -> Iterator[tuple[int, int]]:
    """Two results, and the end of the process between them: at the first try, or always."""
    folder, number = item
    yield number, 0
    if number == 7 or (number == 3 and not Path(folder, "tried").exists()):
        Path(folder, "tried").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    yield number, 1


def always_ends(_: int) -> Iterator[int]:
    """The end of the process."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield 0


def given_up(item: object, results: int) -> object:
    return "given up", item, results


def tasks(count: int, size: int) -> Iterator[tuple[int, ...]]:
    return (tuple(range(i, min(i + size, count))) for i in range(0, count, size))


def test_results_come_in_the_order_of_their_items() -> None:
    found = list(in_order(tasks(50, 3), counted, given_up))
    assert found == [(n, i) for n in range(50) for i in range(n % 4)]


def test_no_more_is_kept_than_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WAITING", 3 << 20)
    pool: workers._Pool[int, bytes] = workers._Pool(large, lambda _, __: b"")
    shared, most, seen = tasks(12, 1), 0, []
    try:
        while pool.begin(shared):
            for result in pool.received():
                seen.append(result[0])
            most = max(most, pool._waiting)
    finally:
        pool.end()
    assert seen == [n for n in range(12) for _ in range(10)]
    assert most <= (3 << 20) + (os.cpu_count() or 1) * (1 << 21)


def test_an_item_whose_process_is_killed_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    items = iter([tuple((str(tmp_path), n) for n in range(5 * k, 5 * k + 5)) for k in range(3)])
    found = list(in_order(items, ends_itself, given_up))
    expected: list[object] = [(n, i) for n in range(15) for i in range(2)]
    expected[15] = ("given up", (str(tmp_path), 7), 1)
    assert found == expected


def test_processes_that_are_always_killed_are_a_failure() -> None:
    with pytest.raises(Failure, match="again and again"):
        list(in_order(tasks(50, 1), always_ends, given_up))


def test_whoever_wants_no_more_leaves_no_process_behind() -> None:
    found = in_order(tasks(1000, 3), counted, given_up)
    next(found)
    pool = found.gi_frame.f_locals["pool"]  # type: ignore[attr-defined]
    processes = [task.worker.process for task in pool._tasks if task.worker] + [w.process for w in pool._idle]
    assert processes
    found.close()  # type: ignore[attr-defined]
    assert not any(process.is_alive() for process in processes)
