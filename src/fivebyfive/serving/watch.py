"""``5x5 train --watch``, on the side of the training: what it shows of itself, and how it is held up.

The page is served by a process of its own, started before the training is loaded. Here frames are made, as many as
cost little: a network that is slow to ask is asked less often.
"""

import secrets
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fivebyfive.processes import safe_context
from fivebyfive.serving.access import LOOPBACK, TOKEN_BYTES, Access
from fivebyfive.serving.channel import Message
from fivebyfive.serving.gate import Gate
from fivebyfive.serving.line import Line
from fivebyfive.serving.process import undisturbed
from fivebyfive.serving.watched import serve
from fivebyfive.views.page import film
from fivebyfive.views.page.envelope import Part, pack

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from fivebyfive.datasets import Dataset
    from fivebyfive.model import Model
    from fivebyfive.progress import Look, Progress
    from fivebyfive.training.plans import Plan
    from fivebyfive.training.scene import Scene

FRAMES_A_SECOND, ANSWERS_A_SECOND = 10.4, 4
SHARE, SHARE_OF_ASKING = 0.02, 0.03
"""Of the time, what frames may cost the training: the weights, and what the network says of pictures."""
PATIENCE_SECONDS = 10.0
"""How long the training waits for somebody to look."""
END_SECONDS = 2.0
"""How long the page's process has to send the last of it."""


class Watch:
    """A page that follows a training: an `Onlooker`.

    Args:
        listener: where the page is served.
        show: is told the page's address, and opens it where it can.
    """

    def __init__(self, listener: socket.socket, show: Callable[[str], None]) -> None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._address = f"http://127.0.0.1:{listener.getsockname()[1]}/?token={token}"
        self._show, self._gate = show, Gate()
        ours, theirs = socket.socketpair()
        allowed = Access(frozenset(LOOPBACK), token)
        self._process = safe_context().Process(
            target=serve, args=(theirs, listener, allowed), name="watch", daemon=True
        )
        with theirs, listener, undisturbed():
            self._process.start()
        self._line = Line(ours, self._gate.obey, self._gate.open)
        self._history: list[film.Point] = []
        self._looks: list[film.Point] = []
        self._due = self._due_to_ask = 0.0
        self._said = ""
        self._scene: Scene | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._said != "ended":
            self._say("ended", "The training was stopped." if kind in (None, KeyboardInterrupt) else "It failed.")
        self._line.close(END_SECONDS)
        self._process.join(END_SECONDS)
        self._process.kill()

    def begins(
        self,
        model: "Model",
        data: "Dataset",
        plan: "Plan",
        optimizer: "Optimizer",
        first_step: int,
        stopping: threading.Event,
    ) -> None:
        """Show what is to learn, and wait until somebody looks."""
        from fivebyfive.training.scene import Scene  # with PyTorch, while the page's process starts without

        self._scene = Scene.of(model, data, plan, optimizer)
        self._line.give(_message("about", film.about(self._scene.about)))
        self._frame(first_step, True)
        self._show(self._address)
        self._gate.await_somebody(PATIENCE_SECONDS, stopping)
        self._say("training")

    def stepped(self, step: int, stopping: threading.Event) -> None:
        """Show how far it is, now and then, and every step that it is held up at."""
        mode = self._gate.mode
        if mode == "go":
            now = time.monotonic()
            if now >= self._due and self._line.is_free:
                self._frame(step, now >= self._due_to_ask)
            return
        self._line.flush(END_SECONDS)
        self._frame(step, True)
        if mode == "pause":
            self._say("paused")
        self._gate.wait(stopping)
        if self._gate.mode != "pause":
            self._say("training")

    def displayed(self, progress: "Progress") -> None:
        """For the curves."""
        self._history.append((progress.step, progress.loss, progress.accuracy))

    def looked(self, look: "Look") -> None:
        """For the curves, and beside them."""
        self._looks.append((look.step, look.validation_loss, look.validation_accuracy))

    def trained(self, step: int, finished: bool) -> None:
        """Show what it came to."""
        self._line.flush(END_SECONDS)
        self._frame(step, True)
        end = "The training is done." if finished else "The training was stopped."
        self._say("ended", end)

    def _frame(self, step: int, asked: bool) -> None:
        """Send how far it is; whatever goes wrong with that, the training goes on.

        What that took says when the next one is due: of this thread's time, for others may have had the processor.
        """
        started = time.thread_time()
        messages = []
        if self._history or self._looks:
            points = {"history": film.points(self._history), "looks": film.points(self._looks)}
            messages.append(_message("said", Part({"film": points})))
            self._history, self._looks = [], []
        if self._scene is not None:
            try:
                messages.append(_message("frame", film.frame(self._scene.about, self._scene.frame(step, asked))))
            except Exception as error:  # a network's own code may raise anything
                self._scene = None
                self._say("blind", f"The network cannot be shown any more ({type(error).__name__}); it trains on.")
        self._line.give(*messages)
        now, took = time.monotonic(), time.thread_time() - started
        if asked:
            self._due_to_ask = now + max(1 / ANSWERS_A_SECOND, took / SHARE_OF_ASKING)
        self._due = max(self._due + 1 / FRAMES_A_SECOND, now + (0.0 if asked else took / SHARE))

    def _say(self, state: str, words: str = "") -> None:
        if state != self._said:
            self._said = state
            self._tell({"state": state, "words": words})

    def _tell(self, said: dict[str, Any]) -> None:
        self._line.give(_message("said", Part({"film": said})))


def _message(kind: str, part: Part) -> Message:
    return {"kind": kind}, pack(part)
