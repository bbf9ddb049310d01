"""The shipped reader: which digit or mark a piece of ink is, or none. It also decides how a picture is to be cut.

It is opened once in a process, by ONNX Runtime, which is imported only then.
"""

import functools
import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from fivebyfive.onnx_runtime import onnxruntime
from fivebyfive.pictures.shaping import Floats, Pixels

READER = Path(str(resources.files("fivebyfive") / "models" / "reader.onnx"))
RARE, RARER = (",", "/"), 1.0
"""Marks that are met far more rarely beside ones than they were taught, and what that takes from their logits.

Source: M. Saerens and others, Adjusting the Outputs of a Classifier to New a Priori Probabilities (2002).
"""
BATCH = 256
"""So many pieces are asked about at a time."""


@functools.cache
def classes() -> tuple[str, ...]:
    """What it tells apart: digits, "none" and marks."""
    return tuple(json.loads(_session().get_modelmeta().custom_metadata_map["classes"]))


def probabilities(pieces: Pixels) -> Floats:
    """Of each class for each piece: uint8 [N, 28, 28] → float32 [N, classes], rows adding up to 1."""
    session = _session()
    found = [
        session.run(["logits"], {"images": pieces[i : i + BATCH, ..., None]})[0] for i in range(0, len(pieces), BATCH)
    ]
    logits = np.concatenate(found).astype(np.float64) if found else np.zeros((0, len(classes())))
    logits[:, [n for n, label in enumerate(classes()) if label in RARE]] -= RARER
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@functools.cache
def _session() -> Any:
    runtime = onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # many pictures are read by many processes
    options.log_severity_level = 4
    return runtime.InferenceSession(READER.read_bytes(), options, providers=["CPUExecutionProvider"])
