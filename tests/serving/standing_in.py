"""Models that stand in for real ones in the process that computes; what they do is written in the picture."""

import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

from fivebyfive.errors import Failure, InputError
from fivebyfive.serving.channel import Message, Question


class Obedient:
    """Does what the picture says, and answers with it."""

    network = b"structure" * 100_000
    about = "a model that does what it is told"
    filmed = False

    def warm(self) -> None:
        """Nothing is to be loaded."""

    def answer(self, question: Question) -> Message:
        """Do what the picture says."""
        said, _, more = question.data.decode().partition(" ")
        if said == "hang":
            threading.Event().wait()
        elif said == "loop":
            while True:
                pass
        elif said == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        elif said == "segfault":
            ctypes.string_at(0)
        elif said == "exit":
            sys.exit(3)
        elif said == "memory":
            bytearray(2**30)
        elif said == "wrong":
            raise InputError(more)
        elif said == "failed":
            raise Failure(more)
        elif said == "mistake":
            raise ZeroDivisionError(more)
        elif said == "process":
            return {}, str(os.getpid()).encode()
        return {"label": question.knows}, question.data


def obedient() -> Obedient:
    """A model that is loaded at once."""
    return Obedient()


def missing() -> Obedient:
    """No model."""
    raise InputError("model nothing does not exist")


def killed() -> Obedient:
    """A model so large that the system ends whoever loads it."""
    os.kill(os.getpid(), signal.SIGKILL)
    return Obedient()


def once(mark: str) -> Obedient:
    """A model that is there the first time only."""
    if Path(mark).exists():
        raise InputError("model once does not exist")
    Path(mark).touch()
    return Obedient()
