"""ONNX's operators: the test cases of the standard itself, for all that the table knows."""

import warnings
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.case.test_case import TestCase
from torch import Tensor

from fivebyfive.explain.sources.onnx import control, graph, program
from fivebyfive.explain.sources.onnx.table import makers
from fivebyfive.explain.sources.onnx.tensors import DTYPES, to_tensor

KNOWN = {*makers(), *control.PATHS}
RANDOM = ("test_training_dropout_default", "test_training_dropout_default_mask", "test_training_dropout",
          "test_training_dropout_mask")  # fmt: skip
"""They drop values at random."""
OLD = ("test_scan_sum",)
"""Scan of opset 8, with lengths, is a step with ONNX Runtime's value."""
TOLERANCE = {torch.float16: 1e-2, torch.bfloat16: 2e-2}


def _key(node: Any) -> str:
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


def _is_covered(case: TestCase) -> bool:
    assert case.model is not None
    types = [value.type for value in (*case.model.graph.input, *case.model.graph.output)]
    numbers = all(t.HasField("tensor_type") and t.tensor_type.elem_type in DTYPES for t in types)
    known = {_key(node) for node in case.model.graph.node} <= KNOWN
    return numbers and known and case.name not in (*RANDOM, *OLD)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of NumPy, on purpose
    CASES = [case for case in collect_testcases(None) if _is_covered(case)]


@pytest.fixture(autouse=True)
def _any_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a case takes is no picture."""
    monkeypatch.setattr(graph, "_orientation", lambda shape: "")


def _tensor(value: Any) -> Tensor:
    proto = value if isinstance(value, onnx.TensorProto) else onnx.numpy_helper.from_array(np.asarray(value))
    return to_tensor(proto, None, "the case")


def test_most_of_the_standard_is_covered() -> None:
    assert len(CASES) > 1600
    assert len({_key(node) for case in CASES if case.model for node in case.model.graph.node}) > 160


@pytest.mark.parametrize("case", CASES, ids=[case.name.removeprefix("test_") for case in CASES])
def test_an_operator_gives_what_the_standard_says(case: Any) -> None:
    network = program(case.model, "case.onnx", None)
    for given, expected in case.data_sets:
        with torch.no_grad():
            made = network(*map(_tensor, given))
        outputs = list(made.values()) if isinstance(made, dict) else [made]
        for ours, theirs in zip(outputs, map(_tensor, expected), strict=True):
            assert ours.dtype == theirs.dtype
            wide = torch.complex128 if ours.is_complex() else torch.float64
            relative = max(case.rtol, TOLERANCE.get(ours.dtype, 1e-4))
            torch.testing.assert_close(
                ours.to(wide), theirs.to(wide), rtol=relative, atol=max(case.atol, 1e-5), equal_nan=True
            )
