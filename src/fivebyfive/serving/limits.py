"""What one request, and all of them together, may cost."""

from dataclasses import dataclass

BUSY = "the server is busy with other pictures; try again in a second"
RETRY = {"Retry-After": "1"}


@dataclass(frozen=True)
class Limits:
    """What one request may cost.

    Attributes:
        connections: how many may be open at once; fewer where the system gives fewer files to a process.
        head_seconds: how long the head of a request may take to arrive.
        idle_seconds: how long a connection stays open between two requests.
        upload_bytes: the longest body.
        upload_seconds: how long a body may take to arrive.
        stalled_seconds: after how long a silent upload gives its place to a new request.
        download_seconds: how long a client may fetch nothing of its answer.
        inside: how many requests may be anywhere between their first byte and their answer's last.
        wait_seconds: how long a request waits for its turn to compute.
        compute_seconds: how long a picture may take to be computed.
        abandoned_seconds: the same, from when nobody waits for its answer any more.
        memory_bytes: how much memory a picture may take.
    """

    connections: int = 256
    head_seconds: float = 10.0
    idle_seconds: int = 15
    upload_bytes: int = 16 * 2**20
    upload_seconds: float = 15.0
    stalled_seconds: float = 1.0
    download_seconds: float = 20.0
    inside: int = 64
    wait_seconds: float = 10.0
    compute_seconds: float = 20.0
    abandoned_seconds: float = 3.0
    memory_bytes: int = 2 * 2**30
