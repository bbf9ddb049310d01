"""`5x5 train --watch` in real Chromium: frames arrive, it is held up and goes on, and learns the very same."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from safetensors.numpy import load_file
from storm import is_running

from browsers import AXE

STEPS = 60
SHORT = ("quick", "--samples", str(192 * (STEPS + 1)), "--film", "0")


@dataclass
class Watched:
    """A running ``5x5 train --watch``."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    there: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """The page's, with its token."""
        assert self.there.wait(120), self.lines
        return next(found[0] for line in self.lines if (found := re.search(r"http\S+", line)))

    @property
    def url(self) -> str:
        """Without."""
        return self.address.partition("?")[0]

    @property
    def server(self) -> int:
        """The process that serves the page."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
        return next(pid for pid, command in commands.items() if "spawn_main" in command)

    def read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            if "http://" in line:
                self.there.set()
        self.there.set()

    def end(self) -> int:
        """Its exit code, once it has ended of itself."""
        return self.process.wait(timeout=240)


@contextmanager
def watched(folder: Path, *arguments: str) -> Iterator[Watched]:
    """``5x5 train --watch``, in a folder of its own, without a browser of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    process = subprocess.Popen(
        [sys.executable, "-m", "fivebyfive", "train", *(arguments or SHORT), "--out", str(folder / "run"), "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment | {"XDG_STATE_HOME": str(folder / "state"), "PYTHONUNBUFFERED": "1"},
    )
    found = Watched(process)
    reading = threading.Thread(target=found.read)
    reading.start()
    try:
        yield found
    finally:
        process.kill()
        process.wait()
        reading.join()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.set_default_timeout(120_000)
    expect.set_options(timeout=120_000)
    yield tab
    context.close()
    assert complaints == []


def _hold(page: Page, word: str) -> None:
    page.locator(f"[data-hold={word}]").click()


def _step(page: Page) -> int:
    return int(page.locator("#training").get_attribute("data-step") or -1)


def _expect_state(page: Page, state: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-state", state)


def test_a_training_is_followed_held_up_stepped_and_comes_to_the_same(page: Page, tmp_path: Path) -> None:
    long = ("quick", "--samples", str(192 * 150), "--film", "0")
    with watched(tmp_path, *long) as training:
        page.goto(training.address)
        assert "token" not in page.url
        _hold(page, "pause")
        _expect_state(page, "paused")
        held = _step(page)
        page.wait_for_timeout(300)
        assert _step(page) == held
        for n in range(1, 4):
            _hold(page, "step")
            expect(page.locator("#training")).to_have_attribute("data-step", str(held + n))
        page.wait_for_timeout(300)
        assert _step(page) == held + 3
        _hold(page, "slow")
        _expect_state(page, "training")
        expect(page.locator("#training")).not_to_have_attribute("data-step", str(held + 3))
        _hold(page, "go")
        _expect_state(page, "ended")
        assert _step(page) == 149
        expect(page.locator("#trouble")).to_contain_text("The training is done.")
        assert training.end() == 0
        assert any("Optimization Finished!" in line for line in training.lines)
        page.locator("[data-film=back]").click()
        assert 0 <= _step(page) < 149
    command = [sys.executable, "-m", "fivebyfive", "train", *long, "--out", str(tmp_path / "alone")]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")}
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env=environment)
    one, other = (load_file(tmp_path / run / "model.safetensors") for run in ("run", "alone"))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_ctrl_c_ends_a_training_that_is_held_up(page: Page, tmp_path: Path) -> None:
    with watched(tmp_path) as training:
        page.goto(training.address)
        _hold(page, "pause")
        _expect_state(page, "paused")
        training.process.send_signal(signal.SIGINT)
        assert training.end() == 130
        assert any("go on with: 5x5 train --resume" in line for line in training.lines)
        _expect_state(page, "ended")
        expect(page.locator("#trouble")).to_contain_text("The training was stopped.")


def test_a_server_that_is_killed_harms_no_training(page: Page, tmp_path: Path) -> None:
    with watched(tmp_path) as training:
        page.goto(training.address)
        _hold(page, "pause")
        _expect_state(page, "paused")
        os.kill(training.server, signal.SIGKILL)
        assert training.end() == 0
        assert any("Optimization Finished!" in line for line in training.lines)
        _expect_state(page, "lost")


def test_a_training_that_is_killed_takes_its_server_along(page: Page, tmp_path: Path) -> None:
    with watched(tmp_path) as training:
        page.goto(training.address)
        _hold(page, "pause")
        _expect_state(page, "paused")
        server = training.server
        training.process.kill()
        _expect_state(page, "lost")
        while is_running(server):
            page.wait_for_timeout(50)


SHY = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(784, 10)

    def forward(self, x):
        if len(x) == 48:
            raise ValueError("not these")
        return self.layer(x.flatten(1))
"""


def test_code_that_does_not_let_itself_be_looked_at_is_trained_all_the_same(page: Page, tmp_path: Path) -> None:
    (tmp_path / "shy.py").write_text(SHY)
    with watched(tmp_path, "shy.py:Net", "--samples", "20000", "--film", "0") as training:
        page.goto(training.address)
        expect(page.locator("#network")).to_have_text("shy.py:Net")
        _expect_state(page, "ended")
        assert training.end() == 0
        assert any("Optimization Finished!" in line for line in training.lines)


def test_nobody_else_holds_it_up(tmp_path: Path) -> None:
    with watched(tmp_path) as training:
        url, token = training.url, training.address.partition("token=")[2]
        right = {"Authorization": f"Bearer {token}"}

        def asked(method: str, path: str, **headers: str) -> int:
            return httpx.request(method, url + path, headers=headers, timeout=60).status_code

        assert asked("GET", "") == 401
        assert asked("GET", "api/training") == 401
        assert asked("POST", "api/training/pause") == 401
        assert asked("POST", "api/training/pause", Authorization="Bearer no") == 401
        assert asked("POST", "api/training/pause", **right, Origin="http://evil.test") == 403
        assert asked("POST", "api/training/pause", **right, Host="evil.test") == 400
        assert asked("POST", "api/training/here", **right) == 404
        assert asked("POST", "api/training/../../x", **right) == 404
        assert asked("GET", "api/training/pause", **right) == 405
        assert asked("GET", "static/js/watch.js", **right) == 200
        assert training.end() == 0


@pytest.mark.parametrize(("width", "dark"), [pytest.param(1280, False, marks=pytest.mark.exhaustive), (390, True)])
def test_the_page_is_for_everybody(chromium: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.set_default_timeout(120_000)
    with watched(tmp_path) as training:
        page.goto(training.address)
        _expect_state(page, "ended")
        page.locator("[data-setting=compare]").check()
        page.locator("canvas.filters").first.press("ArrowRight")
        expect(page.locator("[data-life]")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        script = f"async () => {{ {AXE.read_text(encoding='utf-8')}; return (await axe.run()).violations; }}"
        found = page.evaluate(script) if AXE.exists() else []
        assert [(broken["id"], [node["html"] for node in broken["nodes"]]) for broken in found] == []
    context.close()
