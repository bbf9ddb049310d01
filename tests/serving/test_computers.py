"""Several processes that compute: one that is kept busy, or is lost, keeps nobody waiting who asks another."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import standing_in
from starlette.exceptions import HTTPException
from test_computer import LIMITS, Client

from fivebyfive.errors import InputError
from fivebyfive.serving.channel import Question
from fivebyfive.serving.computer import Answer, Computer
from fivebyfive.serving.computers import Computers
from fivebyfive.serving.process import Process


async def ask(computers: Computers, picture: str) -> Answer:
    return await computers.ask(Question("photo", picture.encode()), Client())


def test_while_one_is_busy_or_lost_the_other_answers() -> None:
    async def conversation() -> tuple[set[bytes], Answer, bool]:
        make: Any = standing_in.obedient
        computers = Computers([Computer(partial(Process, make, LIMITS.memory_bytes), LIMITS) for _ in range(2)], LIMITS)
        await computers.start()
        try:
            busy = asyncio.ensure_future(ask(computers, "hang"))
            await asyncio.sleep(0)  # it has begun
            processes = {(await ask(computers, "process")).envelope for _ in range(4)}
            with pytest.raises(HTTPException, match="killed by the system"):
                await ask(computers, "killed")
            with pytest.raises(InputError, match="longer than"):
                await busy
            return processes, await ask(computers, "next"), computers.healthy
        finally:
            computers.close()

    processes, answer, healthy = asyncio.run(asyncio.wait_for(conversation(), 60))
    assert len(processes) == 1
    assert answer.envelope == b"next"
    assert healthy


def test_whoever_asks_when_all_are_busy_waits_and_is_told_when_it_takes_too_long() -> None:
    async def conversation() -> None:
        make: Any = standing_in.obedient
        limits = replace(LIMITS, wait_seconds=0.2)
        computers = Computers([Computer(partial(Process, make, limits.memory_bytes), LIMITS)], limits)
        await computers.start()
        try:
            asking = [asyncio.ensure_future(ask(computers, "hang")) for _ in range(4)]
            ended = await asyncio.gather(*asking, return_exceptions=True)
            assert isinstance(ended[0], InputError)
            assert [getattr(error, "status_code", None) for error in ended[1:]] == [429] * 3
        finally:
            computers.close()

    asyncio.run(asyncio.wait_for(conversation(), 60))
