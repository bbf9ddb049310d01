"""One Ctrl-C ends the server, whatever it is doing, without a word and with all that it has started."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from storm import is_running

SLOW = """
import pathlib, threading
import torch
from torch import nn

class Slow(nn.Module):
    height, width, channels = 28, 28, 1

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        if MARK == "loading":
            wait()

    def forward(self, x):
        if pathlib.Path("go").exists():
            wait()
        return self.conv(x).mean(dim=(2, 3))

def wait():
    pathlib.Path("waiting").touch()
    threading.Event().wait()
"""
ENDS = [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.exhaustive)]
GUARD = 10
"""Seconds after which a server that does not end is taken to hang; it ends in less than 2."""


@contextmanager
def serving(folder: Path, mark: str) -> Iterator["subprocess.Popen[str]"]:
    """A server of a network that hangs: while "loading", or from the moment that there is a file "go"."""
    (folder / "slow.py").write_text(f"MARK = {mark!r}\n{SLOW}")
    command = [sys.executable, "-m", "fivebyfive", "serve", "--port", "0", "--network", "slow.py:Slow"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address(process: "subprocess.Popen[str]") -> tuple[str, int]:
    assert process.stdout is not None
    found = re.search(r"http://([^:]+):(\d+)/", process.stdout.readline())
    assert found
    return found[1], int(found[2])


def children(process: "subprocess.Popen[str]") -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in listed.split()]


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)


def ends_cleanly(process: "subprocess.Popen[str]", end: signal.Signals) -> None:
    started = children(process)
    assert started
    process.send_signal(end)
    _, errors = process.communicate(timeout=GUARD)
    assert (process.returncode, errors) == (0, "")
    end_too(started)


def end_too(pids: list[int]) -> None:
    tries = 0
    while any(map(is_running, pids)):
        tries += 1
        assert tries < 100 * GUARD, "a process was left behind"
        time.sleep(0.01)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_while_nothing_happens(tmp_path: Path, end: signal.Signals) -> None:
    with serving(tmp_path, "idle") as process:
        address(process)
        ends_cleanly(process, end)


@pytest.mark.parametrize("end", ENDS)
def test_while_the_model_is_loaded(tmp_path: Path, end: signal.Signals) -> None:
    with serving(tmp_path, "loading") as process:
        wait_for(tmp_path / "waiting", process)
        ends_cleanly(process, end)


@pytest.mark.parametrize("end", ENDS)
def test_while_slow_pictures_wait_and_a_crowd_has_begun_to_ask(tmp_path: Path, end: signal.Signals) -> None:
    def ask(url: str) -> None:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(url, timeout=60)

    with serving(tmp_path, "computing") as process, contextlib.ExitStack() as crowd:
        server = address(process)
        (tmp_path / "go").touch()
        asking = [threading.Thread(target=ask, args=[f"http://{server[0]}:{server[1]}/api/mnist/1"]) for _ in range(9)]
        for thread in asking:
            thread.start()
        wait_for(tmp_path / "waiting", process)
        for beginning in (
            b"",
            b"GET / HT",
            b"POST /api/explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n7",
        ) * 40:
            crowd.enter_context(socket.create_connection(server)).sendall(beginning)
        ends_cleanly(process, end)
        for thread in asking:
            thread.join()


@pytest.mark.parametrize("state", ["idle", "loading", "computing"])
def test_nothing_is_left_behind_when_the_server_itself_is_killed(tmp_path: Path, state: str) -> None:
    with serving(tmp_path, state) as process, contextlib.ExitStack() as asking:
        if state == "loading":
            wait_for(tmp_path / "waiting", process)
        else:
            server = address(process)
        if state == "computing":
            (tmp_path / "go").touch()
            connection = asking.enter_context(socket.create_connection(server))
            connection.sendall(b"GET /api/mnist/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_for(tmp_path / "waiting", process)
        started = children(process)
        assert started
        os.kill(process.pid, signal.SIGKILL)
        end_too(started)
