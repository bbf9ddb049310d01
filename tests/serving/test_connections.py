"""Connections without number and without end: the server goes on answering, and says nothing of them."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import httpx
import pytest
import standing_in
from storm import Served, drawing, served

from fivebyfive.serving.access import Access
from fivebyfive.serving.app import create_app
from fivebyfive.serving.computer import Computer
from fivebyfive.serving.computers import Computers
from fivebyfive.serving.connections import Connections
from fivebyfive.serving.limits import Limits
from fivebyfive.serving.process import Process
from fivebyfive.serving.server import Server

T = TypeVar("T")
BEGINNINGS = {
    "silent": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "half a body": b"POST /api/explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n7",
    "answered": b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.fixture(scope="module")
def bounded() -> Iterator[Served]:
    """A server that may have few files open."""
    with served(files=48) as running:
        yield running


@contextmanager
def crowd(server: Served, beginning: bytes, size: int) -> Iterator[None]:
    """So many connections, each with no more than a beginning."""
    with contextlib.ExitStack() as stack:
        for _ in range(size):
            connection = stack.enter_context(server.connect())
            with contextlib.suppress(OSError):  # closed already, for another
                connection.sendall(beginning)
        yield


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_the_server_answers_in_a_crowd_of_more_connections_than_it_may_have_files(
    bounded: Served, beginning: bytes
) -> None:
    with crowd(bounded, beginning, 300), httpx.Client(base_url=bounded.url, timeout=30) as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/mnist/0").status_code == 200
        assert client.post("/api/explain?width=280&height=280", content=drawing()).status_code == 200
    assert bounded.complaints.read_text() == ""


def test_clients_that_leave_at_any_moment_are_no_line_in_the_terminal(bounded: Served) -> None:
    form = (
        b"POST /api/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        b'Content-Length: 9000000\r\n\r\n--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n7'
    )
    asked = b"GET /api/network HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for beginning in (*BEGINNINGS.values(), form, asked, asked * 3):
        for _ in range(5):
            with bounded.connect() as connection:
                connection.sendall(beginning)
    assert httpx.get(f"{bounded.url}/api/mnist/0", timeout=30).status_code == 200
    assert bounded.complaints.read_text() == ""


# --- the deadlines, shortened ---------------------------------------------------------------------------------------


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[int]:
    """The server as it is, in this process, for a model that stands in; its port."""
    make: Any = standing_in.obedient
    computers = Computers([Computer(partial(Process, make, limits.memory_bytes), limits)], limits)
    await computers.start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(create_app(computers, limits, Access()), Connections(limits), computers)
        running = asyncio.create_task(server.serve([listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await running
    computers.close()


def with_server(conversation: Callable[[int], Coroutine[Any, Any, T]], limits: Limits) -> T:
    async def run() -> T:
        async with serving(limits) as port:
            return await conversation(port)

    assert threading.current_thread() is threading.main_thread()
    return asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.parametrize("before", [b"", BEGINNINGS["answered"]], ids=["first", "later"])
def test_a_head_that_does_not_arrive_ends_its_connection(before: bytes) -> None:
    async def conversation(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(before)
        if before:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(BEGINNINGS["half a head"])
        rest = await reader.read()
        writer.close()
        return rest

    assert with_server(conversation, Limits(head_seconds=0.2, idle_seconds=100)) == b""


def test_a_head_that_arrives_byte_by_byte_ends_its_connection_all_the_same() -> None:
    async def conversation(port: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"G")
                sent += 1
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await reader.read()
        writer.close()
        return sent

    assert with_server(conversation, Limits(head_seconds=0.2)) > 1


def test_an_answer_that_is_not_fetched_ends_its_connection() -> None:
    async def conversation(port: int) -> int:
        loop = asyncio.get_running_loop()
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setblocking(False)
            await loop.sock_connect(connection, ("127.0.0.1", port))
            await loop.sock_sendall(connection, b"GET /api/network HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
            while True:  # others are answered meanwhile, until there is this one only
                async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                    assert (await client.get("/favicon.ico")).status_code == 204
                with contextlib.suppress(ConnectionError):
                    await loop.sock_sendall(connection, b"x")
                    continue
                return 0

    assert with_server(conversation, Limits(download_seconds=0.2)) == 0


def test_a_place_is_made_by_the_client_that_was_silent_longest() -> None:
    async def conversation(port: int) -> list[bool]:
        opened = []
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(BEGINNINGS["answered"])
            await reader.readuntil(b"\r\n\r\n")
            opened.append((reader, writer))
        first = opened[0][0]
        await first.read()  # the end
        for reader, writer in opened[1:]:
            writer.write(BEGINNINGS["answered"])
            await reader.readuntil(b"\r\n\r\n")
        ended = [reader.at_eof() for reader, _ in opened]
        for _, writer in opened:
            writer.close()
        return ended

    assert with_server(conversation, Limits(connections=4)) == [True, False, False, False, False]
