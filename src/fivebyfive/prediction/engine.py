"""What turns prepared pictures into probabilities: ONNX Runtime, which starts at once, or PyTorch.

An exported model carries all that is needed to use it — class names, picture size, preparation — so nothing else is
opened, and PyTorch, which takes seconds to start, is not imported.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fivebyfive import facts
from fivebyfive.datasets.preparation import DIGITS, WHOLE
from fivebyfive.errors import InputError

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

READER = "reader"
"""The shipped model that reads pictures when none is named."""


BATCH = 256
"""So many images are asked about at a time: a page of thousands of digits would take gigabytes at once."""


class Engine(Protocol):
    """A model that can be asked.

    Attributes:
        classes: the name of each output.
        shape: height, width and channels of a prepared picture.
        preparation: DIGITS or WHOLE.
    """

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    preparation: str

    def probabilities(self, images: Pixels) -> Floats:
        """Of each class for each image: uint8 [N, H, W, C] → [N, classes], rows adding up to 1."""


def open_engine(model: str | Path | None = None, network: str | None = None) -> Engine:
    """The model in a run folder, a .safetensors or .onnx file, or shipped under that name; None: the shipped reader.

    Args:
        network: FILE.py:NAME of the network's code, for a user's own.

    Raises:
        InputError: there is no such model, or it is damaged.
    """
    if network is None:
        path = _onnx_file(model)
        if path is not None:
            return OnnxEngine(path)
    from fivebyfive.model import load
    from fivebyfive.prediction.torch_engine import TorchEngine

    return TorchEngine(load(model, network))


def _onnx_file(model: str | Path | None) -> Path | None:
    """The ONNX file that `model` means, if it means one."""
    if model is None or (Path(model).name == str(model) and not Path(model).exists()):
        shipped = Path(str(resources.files("fivebyfive") / "models" / f"{model or READER}.onnx"))
        return shipped if shipped.is_file() else None
    if Path(model).suffix.lower() != ".onnx":
        return None
    if not Path(model).is_file():
        raise InputError(f"model {model} does not exist; give a run folder, a model file or a shipped name")
    return Path(model)


class OnnxEngine:
    """A model that `5x5 export` wrote, in ONNX Runtime.

    Raises:
        InputError: the file is damaged, or another program's.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4  # what is wrong is said below, in one line
        try:
            self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except Exception as problem:  # ONNX Runtime's own exceptions have no common base but this one
            reason = str(problem).split("\n")[0][:160]
            raise InputError(f"{path} is not an ONNX model that can be used: {reason}") from None
        self.classes, self.shape, self.preparation = _metadata(self._session, path)

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says."""
        batches = [images[i : i + BATCH] for i in range(0, max(1, len(images)), BATCH)]
        logits: Floats = np.concatenate([self._session.run(["logits"], {"images": batch})[0] for batch in batches])
        return softmax(logits)


def _metadata(session: Any, path: Path) -> tuple[tuple[str, ...], tuple[int, int, int], str]:
    about = session.get_modelmeta().custom_metadata_map
    try:
        classes, shape = json.loads(about["classes"]), json.loads(about["shape"])
        preparation = about["preparation"]
        if preparation not in (DIGITS, WHOLE) or [i.name for i in session.get_inputs()] != ["images"]:
            raise ValueError
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InputError(f"{path} does not say how it is used; give a model that `5x5 export` wrote") from None
    return facts.classes(classes, path), facts.shape(shape, path), preparation


def softmax(logits: Floats) -> Floats:
    """exp(z) / Σ exp(z) along the last axis, safe for large z."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
