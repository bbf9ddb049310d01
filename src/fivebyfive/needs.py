"""PyTorch is installed only where it is asked for; where it is missing, one line says how to bring it.

What comes with it, by the extra ``torch`` of pyproject.toml, is told the same way.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fivebyfive.errors import InputError

WITH_TORCH = ("torch", "safetensors", "pygments", "matplotlib", "fastapi", "starlette", "uvicorn", "multipart")
"""What the extra brings, by the names that are imported."""
BRING = 'pip install "fivebyfive[torch]"'
CPU = "pip install torch --index-url https://download.pytorch.org/whl/cpu"


class Missing(InputError, ImportError):
    """A package is not installed that this takes; for whoever tries an import, it is an `ImportError`."""


def advice(error: BaseException) -> str | None:
    """What to type, where `error` says that PyTorch or what comes with it is not installed; None of any other error."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name not in WITH_TORCH:
        return None
    if sys.platform != "linux":
        return f"this needs {_named(name)}, which is not installed: {BRING}"
    return (
        f"this needs {_named(name)}, which is not installed: {BRING}"
        f" (several GB, for it brings CUDA; without a GPU, type this first: {CPU})"
    )


def expect() -> None:
    """Raise unless PyTorch is here, which is not loaded for that.

    Raises:
        Missing: it is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        with told():
            raise ModuleNotFoundError(name="torch")


@contextmanager
def told() -> Iterator[None]:
    """Import what needs PyTorch in it.

    Raises:
        Missing: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        said = advice(error)
        if said is None:
            raise
        raise Missing(said) from error


def _named(name: str) -> str:
    return "PyTorch" if name == "torch" else name
