"""Several processes that compute, of one model: a picture goes to whichever is free, in the order in which they came.

One process answers one page as fast as several do. They are for many pages at once: a class, each pupil with a pen.
The server itself stays one process, so that they share its token, and its limits hold for all of them together.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.requests import Request

from fivebyfive.serving.channel import Question
from fivebyfive.serving.computer import Answer, Computer, in_turn
from fivebyfive.serving.limits import Limits


class Computers:
    """Answers questions on several processes.

    Args:
        each: at least one; the first is asked what the model is.
    """

    def __init__(self, each: Sequence[Computer], limits: Limits) -> None:
        self._each, self._limits = each, limits
        self._idle = list(each)
        self._turns = asyncio.Semaphore(len(each))

    @property
    def about(self) -> str:
        """What the model is, in a sentence."""
        return self._each[0].about

    @property
    def network(self) -> bytes:
        """The structure and the parameters, as an envelope."""
        return self._each[0].network

    @property
    def filmed(self) -> bool:
        """Whether there is a film of its training."""
        return self._each[0].filmed

    @property
    def healthy(self) -> bool:
        """Whether anybody can be answered."""
        return any(computer.healthy for computer in self._each)

    async def start(self) -> None:
        """Load the model, in every process.

        Raises:
            InputError, Failure: there is no such model, or it cannot explain any picture.
        """
        await asyncio.gather(*(computer.start() for computer in self._each))

    async def ask(self, question: Question, request: Request) -> Answer:
        """What the model makes of a picture, as `Computer.ask` says it."""
        async with self._free() as computer:
            return await computer.ask(question, request)

    def close(self) -> None:
        """End all processes; nothing is answered any more."""
        for computer in self._each:
            computer.close()

    @asynccontextmanager
    async def _free(self) -> AsyncIterator[Computer]:
        async with in_turn(self._turns, self._limits):
            computer = self._idle.pop()
            try:
                yield computer
            finally:
                self._idle.append(computer)
