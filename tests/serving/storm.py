"""A server as a process of its own, and clients that send it everything, right and wrong, many at once."""

import asyncio
import io
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw


@dataclass(frozen=True)
class Served:
    """A running ``5x5 serve``, at the address that it printed, apart from the token in it, "" where there is none."""

    process: subprocess.Popen[str]
    url: str
    token: str
    complaints: Path

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def children(self) -> list[int]:
        """The processes that it has started."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    @property
    def resident_bytes(self) -> int:
        """Memory of it and of the processes that it has started, in RAM."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in (self.process.pid, *self.children)]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")

    def connect(self) -> socket.socket:
        """A connection on which nothing is said yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextmanager
def served(*options: str, files: int | None = None, environment: dict[str, str] | None = None) -> Iterator[Served]:
    """``5x5 serve`` with `options` on a free port, until the block ends.

    Args:
        files: how many it may have open.
        environment: variables besides this process's own.
    """

    def bounded() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    with tempfile.NamedTemporaryFile(prefix="serve-", suffix=".stderr") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "fivebyfive", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=os.environ | (environment or {}),
            preexec_fn=bounded,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"(https?://[^/]+)/(?:\w+/)?(?:\?token=(\S+))?", line)
            assert found, f"the server did not say where it is: {line!r}, {Path(complaints.name).read_text()}"
            yield Served(process, found[1], found[2] or "", Path(complaints.name))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class Attempt:
    """A request, what it is called, and whether it is right."""

    name: str
    right: bool
    method: str
    path: str
    request: dict[str, Any]


def drawing(width: int = 280, height: int = 280) -> bytes:
    """A seven, as the pad sends it: 0 blank paper, 255 ink."""
    return _seven(width, height).tobytes()


def encoded(picture: Image.Image, name: str) -> bytes:
    """`picture` as a file of the format `name`."""
    file = io.BytesIO()
    picture.save(file, name)
    return file.getvalue()


def photo(width: int = 640, height: int = 480) -> Image.Image:
    """Dark ink on white paper."""
    return _seven(width, height).point(lambda ink: 255 - ink)


def attempts() -> list[Attempt]:
    """Pictures that are right, and every kind of thing that is not."""
    png, jpeg = encoded(photo(), "PNG"), encoded(photo(), "JPEG")
    bomb = encoded(Image.new("1", (16_000, 16_000)), "PNG")
    field = b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\n7.png\r\n--x--\r\n'
    huge = b"\xff\xd8" + bytes(17 * 2**20)

    async def huge_without_length() -> Any:
        for _ in range(17):
            yield bytes(2**20)

    def post(name: str, right: bool = False, path: str = "/api/explain", **request: Any) -> Attempt:
        return Attempt(name, right, "POST", path, request)

    def get(name: str, right: bool = False, path: str = "/", **request: Any) -> Attempt:
        return Attempt(name, right, "GET", path, request)

    return [
        post("pad", True, "/api/explain?width=280&height=280", content=drawing()),
        post("PNG", True, content=png, headers={"Content-Type": "image/png"}),
        post("JPEG in a form", True, files={"picture": ("7.jpg", jpeg, "image/jpeg")}),
        get("MNIST", True, "/api/mnist/7"),
        get("page", True),
        get("network", True, "/api/network"),
        post("empty", content=b""),
        post("empty form file", files={"picture": ("", b"", "image/png")}),
        post("text", content=b"seven" * 100, headers={"Content-Type": "image/png"}),
        post("zeros", content=bytes(10_000)),
        post("JSON", json={"picture": "../../etc/passwd", "strokes": [[1, 2]]}),
        post("PDF", content=b"%PDF-1.7 seven"),
        post("huge", content=huge),
        post("huge without length", content=huge_without_length),
        post("bomb", content=bomb, headers={"Content-Type": "image/png"}),
        post("truncated PNG", content=png[: len(png) // 2]),
        post("truncated JPEG", content=jpeg[:100]),
        post("damaged PNG", content=png[:40] + bytes(30) + png[70:]),
        post("pad too short", path="/api/explain?width=280&height=280", content=drawing()[:-1]),
        post("pad without height", path="/api/explain?width=280", content=drawing()),
        post("pad of words", path="/api/explain?width=wide&height=high", content=drawing()),
        post("pad of 10^12 pixels", path="/api/explain?width=1000000&height=1000000", content=drawing()),
        post("form without a file", content=field, headers={"Content-Type": "multipart/form-data; boundary=x"}),
        post("form with two files", files=[("a", png), ("b", png)]),
        post("form without boundary", content=png, headers={"Content-Type": "multipart/form-data"}),
        post("form of garbage", content=png, headers={"Content-Type": "multipart/form-data; boundary=x"}),
        post("page of another site", content=png, headers={"Origin": "http://evil.example"}),
        get("rebound name", path="/api/network", headers={"Host": "evil.example"}),
        get("MNIST -1", path="/api/mnist/-1"),
        get("MNIST seven", path="/api/mnist/seven"),
        get("file of the machine", path="/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
        get("file by its whole path", path="/static//etc/passwd"),
        get("nothing", path="/wp-login.php"),
        Attempt("other method", False, "DELETE", "/api/explain", {}),
    ]


async def storm(
    url: str, clients: int, go_on: Callable[[int], bool], tries: list[Attempt] | None = None
) -> "Counter[tuple[str, bool, int]]":
    """Let `clients` send all attempts again and again, each in an order of its own.

    Args:
        go_on: asked before each request, with how many this client has sent.

    Returns:
        How often each (attempt's name, whether it was right, status) came about.
    """
    tries = tries or attempts()
    outcomes: Counter[tuple[str, bool, int]] = Counter()

    async def client(number: int) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as connection:
            sent = 0
            while go_on(sent):
                attempt = tries[(number * 7 + sent) % len(tries)]
                outcomes[attempt.name, attempt.right, await _status(connection, attempt)] += 1
                sent += 1

    await asyncio.gather(*(client(number) for number in range(clients)))
    return outcomes


async def _status(connection: httpx.AsyncClient, attempt: Attempt) -> int:
    request = dict(attempt.request)
    if callable(request.get("content")):
        request["content"] = request["content"]()
    answer = await connection.request(attempt.method, attempt.path, **request)
    if answer.status_code >= 400:
        assert json.loads(answer.content)["error"], attempt.name
    return answer.status_code


def _seven(width: int, height: int) -> Image.Image:
    picture = Image.new("L", (width, height))
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    corners = [(left + side * x, top + side * y) for x, y in ((0.3, 0.25), (0.7, 0.25), (0.45, 0.8))]
    ImageDraw.Draw(picture).line(corners, 255, width=max(side // 12, 1), joint="curve")
    return picture
