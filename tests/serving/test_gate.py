"""A training is held up by single letters, and by nothing else."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.serving.gate import WORDS, Gate


@contextmanager
def training(gate: Gate, stopping: threading.Event) -> Iterator[list[int]]:
    """Steps that are taken as the gate lets them, until the block ends."""
    steps: list[int] = []

    def train() -> None:
        while not stopping.is_set():
            steps.append(len(steps))
            gate.wait(stopping)
            time.sleep(0.001)

    thread = threading.Thread(target=train)
    thread.start()
    try:
        yield steps
    finally:
        stopping.set()
        thread.join()


def _settled(steps: list[int]) -> int:
    """How many steps there are, once there are no more for a while."""
    while True:
        count = len(steps)
        time.sleep(0.1)
        if len(steps) == count:
            return count


def test_pause_stops_a_step_is_one_and_go_goes_on() -> None:
    gate, stopping = Gate(), threading.Event()
    with training(gate, stopping) as steps:
        gate.obey(WORDS["pause"])
        held = _settled(steps)
        for n in range(1, 4):
            gate.obey(WORDS["step"])
            assert _settled(steps) == held + n
        gate.obey(WORDS["go"])
        while len(steps) < held + 20:
            time.sleep(0.01)


def test_whoever_is_impatient_gets_one_step_more_and_no_others() -> None:
    gate, stopping = Gate(), threading.Event()
    gate.obey(WORDS["pause"])
    with training(gate, stopping) as steps:
        held = _settled(steps)
        for _ in range(50):
            gate.obey(WORDS["step"])
        assert held < _settled(steps) <= held + 50


@pytest.mark.parametrize("end", ["stopping", "nobody"])
def test_a_training_that_is_held_up_can_end(end: str) -> None:
    gate, stopping = Gate(), threading.Event()
    gate.obey(WORDS["pause"])
    waiting = threading.Thread(target=gate.wait, args=(stopping,))
    waiting.start()
    if end == "stopping":
        stopping.set()
    else:
        gate.open()
    waiting.join(timeout=10)
    assert not waiting.is_alive()


def test_a_training_begins_when_somebody_looks() -> None:
    gate = Gate()
    waiting = threading.Thread(target=gate.await_somebody, args=(60.0, threading.Event()))
    waiting.start()
    gate.obey(WORDS["here"])
    waiting.join(timeout=10)
    assert not waiting.is_alive()


@given(st.binary(min_size=1, max_size=1))
def test_other_letters_are_nothing(letter: bytes) -> None:
    gate = Gate()
    gate.obey(letter)
    assert gate.mode == "go" or letter in WORDS.values()
