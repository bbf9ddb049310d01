"""What holds a training up while somebody looks: pause, a single step, slow motion.

The page's buttons come as single letters (`WORDS`), and nothing else of a page reaches the training.
"""

import threading
import time
from collections.abc import Callable

WORDS = {"here": b"h", "pause": b"p", "step": b"s", "go": b"g", "slow": b"l"}
"""What can be asked, and the letter that says so: "here" is a page that is there to look."""
SLOW_SECONDS = 1 / 12
"""Between two steps in slow motion."""
LOOK_SECONDS = 0.05
"""How long until Ctrl-C is noticed by a training that waits."""


class Gate:
    """Lets a training through step by step. `obey` is called by another thread than `wait`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mode, self._single = "go", 0
        self._gone = False
        self.seen = False
        """Whether somebody is there to look."""

    @property
    def mode(self) -> str:
        """ "go", "slow" or "pause"."""
        return self._mode

    def obey(self, letter: bytes) -> None:
        """Do what one of `WORDS` asks; anything else is nothing."""
        with self._changed:
            if letter == WORDS["here"]:
                self.seen = True
            elif letter == WORDS["step"]:
                self._mode, self._single = "pause", min(self._single + 1, 1)
            elif letter in (WORDS["pause"], WORDS["go"], WORDS["slow"]):
                self._mode = {WORDS["pause"]: "pause", WORDS["go"]: "go", WORDS["slow"]: "slow"}[letter]
                self._single = 0
            self._changed.notify_all()

    def open(self) -> None:
        """Nobody looks any more: hold up nothing from now on."""
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def await_somebody(self, seconds: float, stopping: threading.Event) -> None:
        """Wait until somebody is there, so many seconds at most."""
        self._wait(lambda: self.seen, seconds, stopping)

    def wait(self, stopping: threading.Event) -> None:
        """Wait as long as the training is held up."""
        if self._mode == "go":
            return
        if self._mode == "slow":
            self._wait(lambda: self._mode != "slow", SLOW_SECONDS, stopping)
        self._wait(lambda: self._mode != "pause" or self._single > 0, None, stopping)
        with self._changed:
            self._single = 0

    def _wait(self, done: Callable[[], bool], seconds: float | None, stopping: threading.Event) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while not (done() or self._gone or stopping.is_set()):
                left = LOOK_SECONDS if until is None else min(LOOK_SECONDS, until - time.monotonic())
                if left <= 0:
                    return
                self._changed.wait(left)
