"""An exported model in ONNX Runtime, which starts at once.

It carries all that is needed to use it — class names, picture size, preparation — so nothing else is opened, and
PyTorch, which takes seconds to start, is not imported.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive import facts
from fivebyfive.errors import InputError
from fivebyfive.onnx_runtime import onnxruntime
from fivebyfive.pictures import fitting
from fivebyfive.pictures.preparation import DIGITS, WHOLE
from fivebyfive.prediction.engine import BATCH, Floats, Pixels, expect_pictures
from fivebyfive.prediction.onnx_file import external_files

LONGEST_METADATA = 1 << 20
"""Letters of an ONNX file's class names, all together."""
NUMBERS = ("tensor(float)", "tensor(float16)", "tensor(double)")
"""What ONNX Runtime calls the types that an answer may have."""


class OnnxEngine:
    """A model that `5x5 export` wrote, in ONNX Runtime; in this process, so for files that are known.

    A stranger's file belongs in a process with limits: `fivebyfive.prediction.guarded`.

    Raises:
        InputError: the file is damaged, or another program's.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._path = path
        self._session = _session(path, threads)
        self.classes, self.shape, self.preparation, self.fit = _about(self._session, path)
        _expect_ends(self._session, self.shape, path)
        for count in (1, 2):
            self.probabilities(np.zeros((count, *self.shape), np.uint8))

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says.

        Raises:
            InputError: the model fails on them, or gives something else than a number for each class.
        """
        pieces = [self._logits(images[i : i + BATCH]) for i in range(0, max(1, len(images)), BATCH)]
        return softmax(np.concatenate(pieces))

    def _logits(self, images: Pixels) -> npt.NDArray[np.floating]:
        try:
            (logits,) = self._session.run(["logits"], {"images": images})
        except MemoryError:
            raise
        except Exception as problem:  # as in _session
            raise InputError(f"{self._path} cannot read pictures: {_reason(problem)}") from None
        expected = (len(images), len(self.classes))
        if not isinstance(logits, np.ndarray) or logits.shape != expected or logits.dtype.kind != "f":
            what = f"{logits.dtype} {list(logits.shape)}" if isinstance(logits, np.ndarray) else "no array"
            raise InputError(
                f"{self._path} gives {what} for a batch of {len(images)}; numbers {list(expected)}, "
                "one for each of its classes, were expected"
            )
        return logits


def _session(path: Path, threads: int) -> Any:
    runtime = onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what is wrong is said below, in one line
    options.add_session_config_entry("session.load_model_format", "ONNX")
    data = path.read_bytes()
    # From bytes ONNX Runtime looks for weights in the current folder, from a path beside the file.
    source = str(path) if external_files(data, path) else data
    try:
        return runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as problem:  # ONNX Runtime's own exceptions have no common base but this one
        raise InputError(f"{path} is not an ONNX model that can be used: {_reason(problem)}") from None


def _reason(problem: Exception) -> str:
    """What ONNX Runtime says, without its error code."""
    return str(problem).split("\n")[0].rpartition(" : ")[2][:300] or type(problem).__name__


def _about(session: Any, path: Path) -> tuple[tuple[str, ...], tuple[int, int, int], str, str]:
    """Classes, shape, preparation and fit, from the file's metadata."""
    about = session.get_modelmeta().custom_metadata_map
    try:
        texts = [about[name] for name in ("classes", "shape")]
        if max(map(len, texts)) > LONGEST_METADATA:
            raise ValueError
        classes, shape = map(json.loads, texts)
        preparation = about["preparation"]
        if preparation not in (DIGITS, WHOLE):
            raise ValueError
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InputError(f"{path} does not say how it is used; give a model that `5x5 export` wrote") from None
    size = facts.shape(shape, path)
    expect_pictures(size, preparation, str(path))
    return facts.classes(classes, path), size, preparation, fitting.said(about)


def _expect_ends(session: Any, shape: tuple[int, int, int], path: Path) -> None:
    """Raise unless the model takes bytes [N, *shape] as "images" and gives numbers [N, classes] as "logits"."""
    takes, gives = session.get_inputs(), [o for o in session.get_outputs() if o.name == "logits"]
    right = (
        [(i.name, i.type) for i in takes] == [("images", "tensor(uint8)")]
        and len(takes[0].shape) == 4
        and all(n == m for n, m in zip(takes[0].shape[1:], shape, strict=True) if isinstance(n, int))
        and [o.type in NUMBERS for o in gives] == [True]
    )
    if not right:
        said = ", ".join(f"{e.name}: {e.type} {e.shape}" for e in (*takes, *session.get_outputs()))
        raise InputError(
            f"{path} has {said[:300]}; images: tensor(uint8) [N, {', '.join(map(str, shape))}] and logits: "
            "tensor(float) [N, classes] were expected, as `5x5 export` writes them"
        )


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """exp(z) / Σ exp(z) along the last axis, safe for large z; NaN where a z is NaN or +∞, or all are −∞."""
    z = logits.astype(np.float64)
    with np.errstate(invalid="ignore"):
        powers = np.exp(z - z.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
