"""What is not installed, and what to type: PyTorch comes only where it is asked for.

What comes with it, by the extra ``torch`` of pyproject.toml, is told the same way; and OpenCV, which somebody else's
package may have broken.
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
OPENCV = "pip install --force-reinstall --no-deps opencv-python-headless"


class Missing(InputError, ImportError):
    """A package is not installed that this takes; for whoever tries an import, it is an `ImportError`."""


def advice(error: BaseException) -> str | None:
    """What to type, where `error` says that PyTorch, what comes with it, or OpenCV is not there; None of any other."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    if name == "cv2":
        return (
            f"OpenCV cannot be loaded ({error}); opencv-python and opencv-python-headless lie in one folder, and "
            f"removing either breaks the other: {OPENCV}"
        )
    if name not in WITH_TORCH or not isinstance(error, ModuleNotFoundError):
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
    """Import in it what may not be there.

    Raises:
        Missing: what it takes is not installed.
    """
    try:
        yield
    except ImportError as error:
        said = advice(error)
        if said is None:
            raise
        raise Missing(said) from error


def _named(name: str) -> str:
    return "PyTorch" if name == "torch" else name
