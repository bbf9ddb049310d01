"""TensorFlow is imported here, when it is needed: without the greetings that its C++ part writes."""

import importlib
import logging
import os
import sys
from typing import Any

from fivebyfive.explain import sources
from fivebyfive.networks.quiet import nothing_said


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
    with nothing_said():
        return importlib.import_module("tensorflow")
