"""Debian's Firefox, driven by WebDriver BiDi, which it speaks by itself: commands in JSON over a WebSocket.

Source: https://www.w3.org/TR/webdriver-bidi/
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

FOUND = "WebDriver BiDi listening on (ws://\\S+)"
PATIENCE = 60
"""Seconds in which the browser starts, and answers."""
SETTINGS = 'user_pref("network.proxy.type", 1);\nuser_pref("network.proxy.socks", "127.0.0.1");\n'
"""With ``user_pref("network.proxy.socks_port", 9)``: nothing but files can be reached."""


class Tab:
    """One page in Firefox."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._numbers = connection, count(1)
        self.ask("session.new", capabilities={})
        self._context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, expression: str) -> Any:
        """What an expression of JavaScript is, or what it promises, as JSON has it."""
        found = self.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"].get("value", "null"))

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        look = f"const look = () => ({expression}) ? done() : setTimeout(look, 20); look();"
        self.run(f"new Promise((done) => {{ {look} }})")

    def draw(self, points: Sequence[tuple[float, float]], on: str) -> None:
        """Draw with the pen's button held; points are shares of the width and height of the element."""
        box = self.run(f"(({{x, y, width, height}}) => [x, y, width, height])({on}.getBoundingClientRect())")
        at = [{"x": round(box[0] + x * box[2]), "y": round(box[1] + y * box[3])} for x, y in points]
        moves = [{"type": "pointerMove", "duration": 20, **place} for place in at[1:]]
        pen = [{"type": "pointerMove", **at[0]}, {"type": "pointerDown", "button": 0}, *moves]
        actions = [{"type": "pointer", "id": "mouse", "actions": [*pen, {"type": "pointerUp", "button": 0}]}]
        self.ask("input.performActions", context=self._context, actions=actions)

    def ask(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._connection.recv(timeout=PATIENCE))
            if said.get("id") == number:
                assert said["type"] == "success", said
                return said["result"]


@contextmanager
def firefox(profile: Path) -> Iterator[Tab]:
    """A browser that reaches no network, and is ended at the end.

    Args:
        profile: a new folder for what it keeps.
    """
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("there is no Firefox; Debian has it as firefox-esr")
    (profile / "user.js").write_text(SETTINGS + 'user_pref("network.proxy.socks_port", 9);\n')
    command = [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stderr is not None
            said = (re.search(FOUND, line) for line in process.stderr)
            address = next(found[1] for found in said if found)
            with connect(f"{address}/session", max_size=None, proxy=None) as connection:
                yield Tab(connection)
        finally:
            process.terminate()
