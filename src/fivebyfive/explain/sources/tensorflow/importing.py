"""TensorFlow is imported here, when it is needed: without the greetings that its C++ part writes."""

import importlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from fivebyfive.explain import sources


def tensorflow() -> Any:
    """The package.

    Raises:
        InputError: it is not installed.
    """
    sources.needed("tensorflow")
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _nothing_said():
        return importlib.import_module("tensorflow")


@contextmanager
def _nothing_said() -> Iterator[None]:
    """What is written to standard error within it, by any library, is lost; errors are raised all the same."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        with suppress(OSError):
            os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
