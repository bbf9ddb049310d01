"""ONNX Runtime, which sends nothing home: by itself it reports its use to its makers, and keeps an identifier for that.

Source: its Privacy.md, "Disabling Telemetry".
"""

import os
from typing import Any


def onnxruntime() -> Any:
    """The module, imported so that it reports nothing; who wants it to says ``ORT_DISABLE_TELEMETRY=0``.

    Raises:
        ImportError: it is not installed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime as found

    return found
