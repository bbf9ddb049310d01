"""Dense models as skl2onnx writes them: classifiers, regressors and what stands before them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from fivebyfive import explain
from fivebyfive.explain.sources.onnx import as_network
from onnx_zoo import expect_explained

ML = "ai.onnx.ml"
CLASSES = 10
FEATURES = 144


def _numbers(*shape: int, seed: int = 0) -> list[float]:
    drawn: list[float] = np.random.default_rng(seed).normal(0, 0.2, shape).astype(np.float32).reshape(-1).tolist()
    return drawn


def _model(nodes: Sequence[Any], outputs: Sequence[Any], initializers: Sequence[Any] = ()) -> onnx.ModelProto:
    given = helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, FEATURES])
    graph = helper.make_graph(nodes, "skl", [given], outputs, initializers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(ML, 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _probabilities(name: str = "probabilities") -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, None])


def _label(kind: int = TensorProto.INT64) -> Any:
    return helper.make_tensor_value_info("output_label", kind, [None])


def _picture() -> Any:
    return np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)


def logistic_regression(**labels: Any) -> onnx.ModelProto:
    """LogisticRegression with ZipMap behind it, as skl2onnx writes it by default."""
    kind = TensorProto.STRING if "classlabels_strings" in labels else TensorProto.INT64
    names = "classlabels_strings" if kind == TensorProto.STRING else "classlabels_int64s"
    zipped: dict[str, Any] = {names: next(iter(labels.values()))}
    to: dict[str, Any] = {} if kind == TensorProto.STRING else {"to": TensorProto.INT64}
    nodes = [
        helper.make_node(
            "LinearClassifier", ["X"], ["label", "raw"], domain=ML, coefficients=_numbers(CLASSES, FEATURES),
            intercepts=_numbers(CLASSES), multi_class=1, post_transform="SOFTMAX", **labels,
        ),
        helper.make_node("Normalizer", ["raw"], ["probabilities"], domain=ML, norm="L1"),
        helper.make_node("Cast" if to else "Identity", ["label"], ["output_label"], **to),
        helper.make_node("ZipMap", ["probabilities"], ["output_probability"], domain=ML, **zipped),
    ]  # fmt: skip
    shape = helper.make_tensor_value_info("output_probability", TensorProto.UNDEFINED, None)
    key = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    number = TensorProto.STRING if kind == TensorProto.STRING else TensorProto.INT64
    shape.type.CopyFrom(helper.make_sequence_type_proto(helper.make_map_type_proto(number, key)))
    return _model(nodes, [_label(kind), shape])


def multilayer_perceptron() -> onnx.ModelProto:
    """MLPClassifier: products and additions, then the label of the largest."""
    sizes = [(FEATURES, 16), (16, CLASSES)]
    initializers = [
        helper.make_tensor("classes", TensorProto.INT64, [CLASSES], list(range(CLASSES))),
        helper.make_tensor("shape", TensorProto.INT64, [1], [-1]),
    ]
    for i, (into, out) in enumerate(sizes):
        initializers.append(helper.make_tensor(f"coefficient{i}", TensorProto.FLOAT, [into, out], _numbers(into, out)))
        initializers.append(helper.make_tensor(f"intercepts{i}", TensorProto.FLOAT, [1, out], _numbers(1, out)))
    nodes = [
        helper.make_node("Cast", ["X"], ["cast_input"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["cast_input", "coefficient0"], ["mul0"]),
        helper.make_node("Add", ["mul0", "intercepts0"], ["add0"]),
        helper.make_node("Relu", ["add0"], ["next0"]),
        helper.make_node("MatMul", ["next0", "coefficient1"], ["mul1"]),
        helper.make_node("Add", ["mul1", "intercepts1"], ["add1"]),
        helper.make_node("Softmax", ["add1"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["probabilities"], ["argmax"], axis=1),
        helper.make_node("ArrayFeatureExtractor", ["classes", "argmax"], ["picked"], domain=ML),
        helper.make_node("Reshape", ["picked", "shape"], ["output_label"]),
    ]
    return _model(nodes, [_label(), _probabilities()], initializers)


@pytest.mark.parametrize("labels", [list(range(CLASSES)), [f"class {i}" for i in range(CLASSES)]])
def test_a_logistic_regression_gives_its_probabilities_and_classes(labels: list[Any]) -> None:
    kind = "classlabels_ints" if isinstance(labels[0], int) else "classlabels_strings"
    trace = explain(logistic_regression(**{kind: labels}), _picture())
    expect_explained(trace, within=True)  # ONNX Runtime tells no words
    assert trace.classes == tuple(map(str, labels))
    assert trace.parameter_count == CLASSES * FEATURES + CLASSES
    assert {name for name, _ in trace.prediction} == set(map(str, labels))
    assert sum(share for _, share in trace.prediction) == pytest.approx(1.0)


def test_a_multilayer_perceptron_is_fully_connected_layers() -> None:
    trace = explain(multilayer_perceptron(), _picture())
    expect_explained(trace)
    kinds = [step.kind for step in trace.steps[1:-3]]
    assert kinds.count("fully connected") >= 2
    assert trace.parameter_count == FEATURES * 16 + 16 + 16 * CLASSES + CLASSES
    assert len(trace.prediction) == CLASSES


def test_what_stands_before_a_classifier() -> None:
    nodes = [
        helper.make_node("Scaler", ["X"], ["scaled"], domain=ML, offset=_numbers(FEATURES, seed=1),
                         scale=[abs(n) + 0.5 for n in _numbers(FEATURES, seed=2)]),
        helper.make_node("Normalizer", ["scaled"], ["unit"], domain=ML, norm="L2"),
        helper.make_node("Binarizer", ["unit"], ["bits"], domain=ML, threshold=0.01),
        helper.make_node("Imputer", ["bits"], ["whole"], domain=ML, imputed_value_floats=[0.5],
                         replaced_value_float=0.0),
        helper.make_node("FeatureVectorizer", ["whole", "unit"], ["both"], domain=ML,
                         inputdimensions=[FEATURES, FEATURES]),
        helper.make_node("LinearRegressor", ["both"], ["y"], domain=ML, coefficients=_numbers(3, 2 * FEATURES),
                         intercepts=_numbers(3), targets=3),
    ]  # fmt: skip
    trace = explain(_model(nodes, [_probabilities("y")]), _picture())
    expect_explained(trace)
    assert trace.parameter_count == 3 * 2 * FEATURES + 3


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX"])
@pytest.mark.parametrize("rows", [1, 2])
def test_a_classifier_of_two_classes(rows: int, transform: str) -> None:
    node = helper.make_node(
        "LinearClassifier", ["X"], ["output_label", "probabilities"], domain=ML, post_transform=transform,
        coefficients=_numbers(rows, FEATURES), intercepts=_numbers(rows), classlabels_ints=[0, 1],
    )  # fmt: skip
    expect_explained(explain(_model([node], [_label(), _probabilities()]), _picture()))


def test_trees_are_a_step_with_onnx_runtimes_value() -> None:
    tree = helper.make_node(
        "TreeEnsembleRegressor", ["X"], ["y"], domain=ML, n_targets=1, nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2],
        nodes_featureids=[5, 0, 0], nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[0.5, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0], target_treeids=[0, 0], target_nodeids=[1, 2],
        target_ids=[0, 0], target_weights=[1.5, -2.0],
    )  # fmt: skip
    trace = explain(_model([tree], [_probabilities("y")]), _picture())
    assert trace.steps[1].kind == "other"
    assert any("ai.onnx.ml.TreeEnsembleRegressor is not known here" in note for note in trace.notes)


def test_the_numbers_come_before_the_label() -> None:
    assert as_network(multilayer_perceptron()).graph.outputs == ("softmax", "reshape")
