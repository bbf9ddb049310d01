"""The process that computes, seen by the application: a picture at a time, each in its time; started anew when lost."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from fivebyfive.errors import Failure, InputError
from fivebyfive.serving.channel import Message, Question, exchange
from fivebyfive.serving.limits import BUSY, RETRY, Limits
from fivebyfive.serving.process import Process, unheard

ENDING = "the server is ending"
LOG = logging.getLogger("fivebyfive.serving")


@dataclass(frozen=True)
class Answer:
    """An envelope, and which digit the picture is where that is known."""

    envelope: bytes
    label: str | None


@asynccontextmanager
async def in_turn(turns: asyncio.Lock | asyncio.Semaphore, limits: Limits) -> AsyncIterator[None]:
    """Hold one of the `turns`; who waits too long for it is told to try again."""
    try:
        async with asyncio.timeout(limits.wait_seconds):
            await turns.acquire()
    except TimeoutError:
        raise HTTPException(429, BUSY, RETRY) from None
    try:
        yield
    finally:
        turns.release()


class Computer:
    """Answers questions in a process of its own, in the order in which they came.

    Args:
        begin: starts such a process.
        first: the first of them, where it is started already.
    """

    def __init__(self, begin: Callable[[], Process], limits: Limits, first: Process | None = None) -> None:
        self.begin, self.limits = begin, limits
        self.network = b""
        """The structure and the parameters, as an envelope; known once it has started."""
        self._turn = asyncio.Lock()
        self._first = first
        self.about = ""
        """What the model is, in a sentence, once it is loaded."""
        self.filmed = False
        """Whether there is a film of its training."""
        self._process: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def healthy(self) -> bool:
        """Whether there is a process that computes, or one is being started."""
        return self._process is not None or self._starting is not None

    async def start(self) -> None:
        """Load the model.

        Raises:
            InputError, Failure: there is no such model, or it cannot explain any picture.
        """
        await self._ready()

    async def ask(self, question: Question, request: Request) -> Answer:
        """What the model makes of a picture; `request` tells whether anybody still wants to know.

        Raises:
            InputError: the picture cannot be explained, or not within its time and memory.
            HTTPException: 429, the turn did not come in time; 503, the process is lost.
            ClientDisconnect: nobody waits for the answer any more (the pen went on).
        """
        async with self._its_turn() as process:
            if await request.is_disconnected():
                raise ClientDisconnect
            fields, envelope = await self._answer(process, question.message(), _disconnected(request))
        if "error" in fields:
            raise self._problem(fields)
        return Answer(envelope, fields.get("label"))

    def close(self) -> None:
        """End the process; nothing is answered any more."""
        self._closed = True
        self._end()

    @asynccontextmanager
    async def _its_turn(self) -> AsyncIterator[Process]:
        async with in_turn(self._turn, self.limits):
            yield await self._ready_in_time()

    async def _ready_in_time(self) -> Process:
        try:
            async with asyncio.timeout(self.limits.wait_seconds):
                return await self._ready()
        except TimeoutError:
            raise HTTPException(429, BUSY, RETRY) from None
        except (InputError, Failure) as error:  # the model was there, and is no longer
            LOG.error("the process that computes does not start again: %s", error)
            raise HTTPException(503, f"the model cannot be loaded any more: {error}") from None

    async def _ready(self) -> Process:
        if self._closed:
            raise HTTPException(503, ENDING)
        if self._process is not None and not self._process.is_alive():
            self._end()
        if self._process is None:
            self._starting = self._starting or asyncio.create_task(self._start())
            await asyncio.shield(self._starting)
        assert self._process is not None
        return self._process

    async def _start(self) -> None:
        process, self._first = self._first or self.begin(), None
        try:
            fields, self.network = await process.first()
        except (EOFError, OSError):
            raise Failure(f"the process that loads the model {await process.how_it_ended()}") from None
        finally:
            self._starting = None
        if "error" not in fields:
            self._process, self.about = process, fields["about"]
            self.filmed = bool(fields.get("filmed"))
            return
        process.end()
        if fields["kind"] == "InputError":
            raise InputError(fields["error"])
        hint = "" if fields["kind"] == "Failure" else f" ({fields['where']}; --debug shows all of it)"
        raise Failure(fields["error"] + hint)

    async def _answer(self, process: Process, message: Message, left: Awaitable[None]) -> Message:
        """The answer, unless it takes too long, or nobody waits and it is not there soon: then the process is ended."""
        answered = asyncio.ensure_future(exchange(process.channel, message))
        leaving = asyncio.ensure_future(left)
        try:
            await asyncio.wait(
                {answered, leaving}, timeout=self.limits.compute_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if leaving.done() and not answered.done():
                await asyncio.wait({answered}, timeout=self.limits.abandoned_seconds)
            if answered.done():
                return answered.result()
            if leaving.done():
                raise ClientDisconnect
            seconds = f"{self.limits.compute_seconds:g}"
            raise InputError(
                f"the picture took longer than {seconds} seconds to compute; send a simpler or smaller one"
            )
        except (EOFError, OSError):
            self._end()
            if self._closed:
                raise HTTPException(503, ENDING) from None
            how = await process.how_it_ended()
            LOG.error("the process that computes %s; it is started anew", how)
            raise HTTPException(
                503, f"the process that computes {how} on this picture; it is started anew: send another picture"
            ) from None
        finally:
            leaving.cancel()
            if not answered.done():
                answered.add_done_callback(process.forget)
                self._end()

    def _end(self) -> None:
        """End the process, and begin at once to start the next, for whoever comes next."""
        if self._process is not None:
            self._process.end()
            self._process = None
        if self._closed:
            if self._starting is not None:
                self._starting.cancel()
        elif self._starting is None:
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(unheard)

    def _problem(self, fields: dict[str, Any]) -> Exception:
        if fields["kind"] != "unexpected":
            return InputError(fields["error"])
        LOG.error("a picture could not be explained: %s (%s)", fields["error"], fields["where"])
        kind = fields["error"].partition(":")[0]
        return InputError(f"this picture could not be explained ({kind}); the server's terminal says more")


async def _disconnected(request: Request) -> None:
    with contextlib.suppress(Exception):
        while (await request.receive())["type"] != "http.disconnect":
            pass
