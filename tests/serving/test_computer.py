"""Pictures are computed in a process of its own: whatever they do to it, the next one is answered."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import standing_in
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from storm import is_running

from fivebyfive.errors import Failure, InputError
from fivebyfive.serving.channel import Question
from fivebyfive.serving.computer import Answer, Computer
from fivebyfive.serving.limits import Limits
from fivebyfive.serving.process import Process

T = TypeVar("T")
LIMITS = Limits(compute_seconds=0.5, abandoned_seconds=0.0, wait_seconds=60, memory_bytes=2**28)


class Client(Request):
    """Whoever asks, and may leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        super().__init__({"type": "http"}, self._disconnect)

    async def _disconnect(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}


@asynccontextmanager
async def computing(make: Callable[[], Any], limits: Limits) -> AsyncIterator[Computer]:
    computer = Computer(partial(Process, make, limits.memory_bytes), limits)
    try:
        await computer.start()
        yield computer
    finally:
        computer.close()


def with_computer(
    conversation: Callable[[Computer], Coroutine[Any, Any, T]],
    limits: Limits = LIMITS,
    make: Callable[[], Any] = standing_in.obedient,
) -> T:
    async def run() -> T:
        async with computing(make, limits) as computer:
            return await conversation(computer)

    return asyncio.run(asyncio.wait_for(run(), 60))


async def ask(computer: Computer, picture: str, client: Client | None = None) -> Answer:
    return await computer.ask(Question("photo", picture.encode(), knows="abc"), client or Client())


async def process(computer: Computer) -> int:
    return int((await ask(computer, "process")).envelope)


def test_a_picture_and_its_answer_pass_unchanged_however_large() -> None:
    async def conversation(computer: Computer) -> tuple[bytes, list[Answer]]:
        return computer.network, [await ask(computer, picture) for picture in ("", "7" * 20_000_000)]

    network, (small, large) = with_computer(conversation, replace(LIMITS, compute_seconds=30.0))
    assert network == standing_in.Obedient.network
    assert small == Answer(b"", "abc")
    assert large == Answer(b"7" * 20_000_000, "abc")


@pytest.mark.parametrize("picture", ["hang", "loop"])
def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_is_answered(picture: str) -> None:
    async def conversation(computer: Computer) -> tuple[int, int]:
        before = await process(computer)
        with pytest.raises(InputError, match=r"longer than 0\.5 seconds"):
            await ask(computer, picture)
        return before, await process(computer)

    before, after = with_computer(conversation)
    assert before != after
    assert not is_running(before)


@pytest.mark.parametrize(("picture", "how"), [("killed", "killed by the system"), ("segfault", "SIGSEGV")])
def test_a_picture_that_costs_the_process_its_life_is_told_so_and_the_next_one_is_answered(
    picture: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def conversation(computer: Computer) -> Answer:
        with pytest.raises(HTTPException, match=how) as refused:
            await ask(computer, picture)
        assert refused.value.status_code == 503
        return await ask(computer, "next")

    assert with_computer(conversation).envelope == b"next"
    assert len(caplog.records) == 1


def test_a_process_that_was_ended_between_two_pictures_costs_none_of_them() -> None:
    async def conversation(computer: Computer) -> Answer:
        pid = await process(computer)
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return await ask(computer, "next")

    assert with_computer(conversation).envelope == b"next"


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        ("memory", r"more than 0\.25 GB of memory"),
        ("wrong no digit was found", "^no digit was found$"),
        ("failed Net raised ValueError", "^Net raised ValueError$"),
        ("mistake secret", r"^this picture could not be explained \(ZeroDivisionError\)"),
        ("exit", r"^this picture could not be explained \(SystemExit\)"),
    ],
)
def test_whatever_explaining_raises_is_a_sentence_and_costs_nothing_else(picture: str, sentence: str) -> None:
    async def conversation(computer: Computer) -> tuple[int, int]:
        before = await process(computer)
        with pytest.raises(InputError, match=sentence) as refused:
            await ask(computer, picture)
        assert "secret" not in str(refused.value)
        return before, await process(computer)

    before, after = with_computer(conversation)
    assert before == after


def test_the_picture_of_a_client_that_has_left_makes_room_for_the_next() -> None:
    async def conversation(computer: Computer) -> Answer:
        client = Client()
        hanging = asyncio.create_task(ask(computer, "hang", client))
        waiting = asyncio.create_task(ask(computer, "next"))
        await asyncio.sleep(0)
        client.left.set()
        with pytest.raises(ClientDisconnect):
            await hanging
        return await waiting

    assert with_computer(conversation, Limits(abandoned_seconds=0.0, wait_seconds=60)).envelope == b"next"


def test_pictures_are_computed_in_the_order_in_which_they_came() -> None:
    async def conversation(computer: Computer) -> list[str]:
        answered: list[str] = []

        async def one(picture: str) -> None:
            await ask(computer, picture)
            answered.append(picture)

        await asyncio.gather(*(one(str(n)) for n in range(40)))
        return answered

    assert with_computer(conversation) == [str(n) for n in range(40)]


def test_who_waits_too_long_for_a_turn_is_told_to_come_back() -> None:
    async def conversation(computer: Computer) -> HTTPException:
        hanging = asyncio.create_task(ask(computer, "hang"))
        await asyncio.sleep(0)
        with pytest.raises(HTTPException) as refused:
            await ask(computer, "next")
        hanging.cancel()
        return refused.value

    refused = with_computer(conversation, Limits(wait_seconds=0.05))
    assert refused.status_code == 429
    assert refused.headers == {"Retry-After": "1"}


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (standing_in.missing, InputError, "nothing does not exist"),
        (standing_in.killed, Failure, "killed by the system"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told_at_the_start(
    make: Callable[[], Any], error: type[Exception], sentence: str
) -> None:
    async def conversation(_: Computer) -> None:
        raise AssertionError

    with pytest.raises(error, match=sentence):
        with_computer(conversation, make=make)


def test_a_model_that_is_gone_when_the_process_is_started_anew_is_told_to_whoever_asks(tmp_path: Path) -> None:
    async def conversation(computer: Computer) -> HTTPException:
        with pytest.raises(HTTPException):
            await ask(computer, "killed")
        with pytest.raises(HTTPException) as refused:
            await ask(computer, "next")
        return refused.value

    refused = with_computer(conversation, make=partial(standing_in.once, str(tmp_path / "mark")))
    assert refused.status_code == 503
    assert "model once does not exist" in refused.detail


def test_modules_that_lie_in_the_current_folder_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pickle", "json", "socket", "multiprocessing", "numpy", "torch", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    monkeypatch.chdir(tmp_path)

    async def conversation(computer: Computer) -> Answer:
        return await ask(computer, "next")

    assert with_computer(conversation).envelope == b"next"
    assert not (tmp_path / "canary").exists()
