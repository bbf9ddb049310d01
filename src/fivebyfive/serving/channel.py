"""What the server and the process that computes say to each other, over a pair of sockets.

A message is a few fields, as JSON, and one body of bytes: a picture on the way there, an envelope on the way back.
Nothing is pickled.
"""

import asyncio
import json
import socket
import struct
from dataclasses import asdict, dataclass
from typing import Any, Literal

HEAD = struct.Struct(">IQ")
"""How long the fields are, and how long the body."""

Message = tuple[dict[str, Any], bytes]


@dataclass(frozen=True)
class Question:
    """A picture to explain.

    Attributes:
        way: "photo", an encoded file in ``data``; "drawing", the pad's raw picture, width × height bytes; "mnist", the
            test image of that index; and without a picture "film", the film of the model's training, and "gallery",
            pictures to choose from.
        knows: the digest of the structure that the page has.
        why: what is asked of its answer, if anything: ``class`` and ``instead_of``; for a test ``y``, ``x`` and
            ``size`` of a patch, or ``step`` and ``channel`` of a map.
        back: whether the way back is asked for too.
        label: the class that the answer is compared with on the way back; "" for what is known of the picture, or else
            the answer itself.
    """

    way: Literal["photo", "drawing", "mnist", "film", "gallery"]
    data: bytes = b""
    knows: str = ""
    width: int = 0
    height: int = 0
    index: int = 0
    why: dict[str, int] | None = None
    back: bool = False
    label: str = ""

    def message(self) -> Message:
        """The question as it is sent."""
        fields = asdict(self)
        return fields, fields.pop("data")


def send(channel: socket.socket, *messages: Message) -> None:
    """Send, all at once for whoever is woken by it, and wait until all is on its way."""
    channel.sendall(b"".join(piece for message in messages for piece in _pieces(message)))


def receive(channel: socket.socket) -> Message:
    """The next message.

    Raises:
        EOFError: the other side is gone.
    """

    def read(length: int) -> bytes:
        buffer = bytearray(length)
        rest = memoryview(buffer)
        while rest:
            rest = rest[_some(channel.recv_into(rest)) :]
        return bytes(buffer)

    fields, body = HEAD.unpack(read(HEAD.size))
    return json.loads(read(fields)), read(body)


async def exchange(channel: socket.socket, message: Message) -> Message:
    """Send a message and receive the one that answers it, on a channel that does not block.

    Raises:
        EOFError, OSError: the other side is gone.
    """
    for piece in _pieces(message):
        await asyncio.get_running_loop().sock_sendall(channel, piece)
    return await receive_later(channel)


async def receive_later(channel: socket.socket) -> Message:
    """`receive`, on a channel that does not block."""
    loop = asyncio.get_running_loop()

    async def read(length: int) -> bytes:
        buffer = bytearray(length)
        rest = memoryview(buffer)
        while rest:
            rest = rest[_some(await loop.sock_recv_into(channel, rest)) :]
        return bytes(buffer)

    fields, body = HEAD.unpack(await read(HEAD.size))
    return json.loads(await read(fields)), await read(body)


def _pieces(message: Message) -> tuple[bytes, bytes]:
    fields, body = json.dumps(message[0]).encode(), message[1]
    return HEAD.pack(len(fields), len(body)) + fields, body


def _some(received: int) -> int:
    if not received:
        raise EOFError
    return received
