"""The shipped reader: which digit or mark a piece of ink is, or none. It also decides how a picture is to be cut.

Beside it a second one reads two digits that touch as one shape. Each is opened once in a process, by ONNX Runtime,
which is imported only then.
"""

import functools
import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.onnx_runtime import onnxruntime
from fivebyfive.pictures.shaping import Floats, Pixels

Logits = npt.NDArray[np.float64]

READER, PAIRS = (Path(str(resources.files("fivebyfive") / "models" / name)) for name in ("reader.onnx", "pairs.onnx"))
RARE, RARER = (",", "/"), 1.0
"""Marks that are met far more rarely beside ones than they were taught, and what that takes from their logits.

Source: M. Saerens and others, Adjusting the Outputs of a Classifier to New a Priori Probabilities (2002).
"""
BATCH = 256
"""So many pieces are asked about at a time."""


@functools.cache
def classes() -> tuple[str, ...]:
    """What it tells apart: digits, "none" and marks."""
    return tuple(json.loads(_session(READER).get_modelmeta().custom_metadata_map["classes"]))


def probabilities(pieces: Pixels) -> Floats:
    """Of each class for each piece: uint8 [N, 28, 28] → float32 [N, classes], rows adding up to 1."""
    logits = _logits(READER, pieces)
    logits[:, [n for n, label in enumerate(classes()) if label in RARE]] -= RARER
    return _softmax(logits)


def probabilities_of_pairs(pieces: Pixels) -> Floats:
    """Of each pair, "00" to "99", and of none, for each piece: uint8 [N, 28, 44] → float32 [N, 101]."""
    return _softmax(_logits(PAIRS, pieces))


def _logits(model: Path, pieces: Pixels) -> Logits:
    session = _session(model)
    some = [pieces[i : i + BATCH, ..., None] for i in range(0, len(pieces), BATCH)]
    found = [session.run(["logits"], {"images": batch})[0] for batch in some]
    return np.concatenate(found).astype(np.float64) if found else np.zeros((0, len(classes())))


def _softmax(logits: Logits) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@functools.cache
def _session(model: Path) -> Any:
    runtime = onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # many pictures are read by many processes
    options.log_severity_level = 4
    return runtime.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])
