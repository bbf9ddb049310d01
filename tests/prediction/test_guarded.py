"""A stranger's ONNX file: what it may ask for, and that it ends, however it is made."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from PIL import Image

from fivebyfive.errors import InputError
from fivebyfive.prediction import guarded
from fivebyfive.prediction.guarded import GuardedEngine
from fivebyfive.prediction.onnx_engine import OnnxEngine
from fivebyfive.prediction.onnx_file import external_files
from fivebyfive.prediction.opening import READER, SHIPPED, open_engine

CLASSES, SHAPE = ["a", "b", "c"], [4, 4, 1]
ABOUT = {"classes": json.dumps(CLASSES), "shape": json.dumps(SHAPE), "preparation": "whole"}


def value(name: str, kind: int, shape: Sequence[int | str] | None) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name: str, values: Any, kind: int = TensorProto.INT64) -> Any:
    array = np.atleast_1d(values)
    return helper.make_tensor(name, kind, array.shape, array.ravel().tolist())


def model(
    nodes: Sequence[Any],
    initializers: Sequence[Any] = (),
    *,
    images: Any = None,
    logits: Any = None,
    about: dict[str, str] | None = None,
) -> Any:
    graph = helper.make_graph(
        list(nodes),
        "made",
        [images or value("images", TensorProto.UINT8, ["n", *SHAPE])],
        [logits or value("logits", TensorProto.FLOAT, ["n", len(CLASSES)])],
        list(initializers),
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(made, ABOUT if about is None else about)
    return made


def linear(weights: Any = None, **changes: Any) -> Any:
    """pictures → floats → [n, 16] × [16, 3]."""
    weights = weights or helper.make_tensor("w", TensorProto.FLOAT, (16, 3), [n / 48 for n in range(48)])
    nodes = [
        helper.make_node("Cast", ["images"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["logits"]),
    ]
    return model(nodes, [weights], **changes)


def then(last: Sequence[Any], kind: int, shape: Sequence[int | str] | None, *more: Any) -> Any:
    """The linear model, whose result "y" goes through the nodes `last`."""
    made = linear(logits=value("logits", kind, shape))
    made.graph.node[-1].output[0] = "y"
    made.graph.node.extend(last)
    made.graph.initializer.extend(more)
    return made


def endless(loading: bool) -> Any:
    """A loop of 2⁶² rounds: of a constant, which is computed when the file is loaded, or of the picture."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Add", ["v", "v"], ["twice"])],
        "body",
        [value("i", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("v", TensorProto.FLOAT, None)],
        [value("on", TensorProto.BOOL, []), value("twice", TensorProto.FLOAT, None)],
    )
    yes = helper.make_tensor("yes", TensorProto.BOOL, (), [True])
    rounds = helper.make_tensor("rounds", TensorProto.INT64, (), [2**62])
    loop = helper.make_node("Loop", ["rounds", "yes", "w" if loading else "y"], ["looped"], body=body)
    last = [loop, helper.make_node("MatMul", ["flat", "looped"], ["logits"])] if loading else [loop]
    if not loading:
        last.append(helper.make_node("Identity", ["looped"], ["logits"]))
    return then(last, TensorProto.FLOAT, ["n", 3], rounds, yes)


def huge() -> Any:
    """Sixteen terabytes of zeros in a few bytes, added up."""
    nodes = [
        helper.make_node("ConstantOfShape", ["many"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["nothing"], keepdims=0),
        helper.make_node("Add", ["y", "nothing"], ["logits"]),
    ]
    return then(nodes, TensorProto.FLOAT, ["n", 3], constant("many", [2**21, 2**21]))


def cast(kind: int) -> list[Any]:
    return [helper.make_node("Cast", ["y"], ["logits"], to=kind)]


ODD: dict[str, Callable[[], Any]] = {
    "whole numbers": lambda: then(cast(TensorProto.INT64), TensorProto.INT64, ["n", 3]),
    "yes and no": lambda: then(cast(TensorProto.BOOL), TensorProto.BOOL, ["n", 3]),
    "text": lambda: then(cast(TensorProto.STRING), TensorProto.STRING, ["n", 3]),
    "one number": lambda: then([helper.make_node("ReduceSum", ["y"], ["logits"], keepdims=0)], TensorProto.FLOAT, []),
    "a vector": lambda: then([helper.make_node("ReduceSum", ["y", "one"], ["logits"], keepdims=0)],
                             TensorProto.FLOAT, ["n"], constant("one", 1)),
    "maps": lambda: then([helper.make_node("Unsqueeze", ["y", "last"], ["logits"])], TensorProto.FLOAT,
                         ["n", 3, 1, 1], constant("last", [2, 3])),
    "more than the classes": lambda: then([helper.make_node("Concat", ["y", "y"], ["logits"], axis=1)],
                                          TensorProto.FLOAT, ["n", 6]),
    "one picture for many": lambda: then([helper.make_node("ReduceSum", ["y", "zero"], ["logits"])],
                                         TensorProto.FLOAT, None, constant("zero", 0)),
    "a sequence": lambda: then([helper.make_node("SequenceConstruct", ["y"], ["logits"])], TensorProto.FLOAT, None),
    "another name": lambda: linear(logits=value("flat", TensorProto.FLOAT, ["n", 16])),
    "floats as pictures": lambda: linear(images=value("images", TensorProto.FLOAT, ["n", *SHAPE])),
    "flat pictures": lambda: linear(images=value("images", TensorProto.UINT8, ["n", 16])),
    "other pictures": lambda: linear(images=value("images", TensorProto.UINT8, ["n", 8, 2, 1])),
    "no metadata": lambda: linear(about={}),
    "one class": lambda: linear(about=ABOUT | {"classes": '["a"]'}),
    "two classes of one name": lambda: linear(about=ABOUT | {"classes": '["a", "a", "b"]'}),
    "classes that are numbers": lambda: linear(about=ABOUT | {"classes": "[1, 2, 3]"}),
    "classes deep down": lambda: linear(about=ABOUT | {"classes": "[" * 100_000}),
    "many classes": lambda: linear(about=ABOUT | {"classes": json.dumps([str(n) for n in range(400_000)])}),
    "classes no JSON": lambda: linear(about=ABOUT | {"classes": "a, b, c"}),
    "negative shape": lambda: linear(about=ABOUT | {"shape": "[-4, 4, 1]"}),
    "enormous shape": lambda: linear(about=ABOUT | {"shape": "[1000000, 1000000, 1]"}),
    "shape of infinities": lambda: linear(about=ABOUT | {"shape": "[Infinity, NaN, 1]"}),
    "shape of booleans": lambda: linear(about=ABOUT | {"shape": "[4, 4, true]"}),
    "two channels": lambda: linear(about=ABOUT | {"shape": "[4, 2, 2]"}),
    "digits of another size": lambda: linear(about=ABOUT | {"preparation": "digits"}),
    "another preparation": lambda: linear(about=ABOUT | {"preparation": "cut"}),
    "sixteen terabytes": huge,
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_what_5x5_would_not_have_written_is_told_in_a_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    path.write_bytes(ODD[kind]().SerializeToString())
    with pytest.raises(InputError, match=r"odd\.onnx") as told:
        GuardedEngine(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("loading", [True, False], ids=["while it is loaded", "while it reads"])
def test_a_file_that_never_ends_is_ended(loading: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "LOADING", 2)
    path = tmp_path / "endless.onnx"
    path.write_bytes(endless(loading).SerializeToString())
    with pytest.raises(InputError, match="takes more than 2 seconds of processor time"):
        GuardedEngine(path)


def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "huge.onnx").write_bytes(huge().SerializeToString())
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    command = [sys.executable, "-m", "fivebyfive", "predict", "a.png", "--model", "huge.onnx"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: huge.onnx ")


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_other_floating_point_numbers_are_numbers(kind: int, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(then(cast(kind), kind, ["n", 3]).SerializeToString())
    rows = GuardedEngine(tmp_path / "m.onnx").probabilities(np.full((600, *SHAPE), 3, np.uint8))
    assert rows.shape == (600, 3)
    assert np.allclose(rows.sum(1), 1)


def test_the_guarded_process_answers_as_the_model_itself_and_again_after_it_was_killed() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), np.uint8)
    expected = OnnxEngine(SHIPPED / f"{READER}.onnx").probabilities(images)
    engine = GuardedEngine(SHIPPED / f"{READER}.onnx")
    assert np.array_equal(engine.probabilities(images), expected)
    assert engine._process is not None
    engine._process.process.kill()
    with pytest.raises(InputError, match="made ONNX Runtime end"):
        engine.probabilities(images)
    assert np.array_equal(engine.probabilities(images), expected)
    assert engine.probabilities(images[:0]).shape == (0, 16)


# --- weights in other files ------------------------------------------------------------------------------------------


def with_weights_in(location: str) -> Any:
    weights = onnx.TensorProto(name="w", data_type=TensorProto.FLOAT, dims=(16, 3), data_location=TensorProto.EXTERNAL)
    for key, text in (("location", location), ("offset", "0"), ("length", "192")):
        weights.external_data.add(key=key, value=text)
    return linear(weights)


def test_weights_are_read_from_beside_the_model_and_never_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "w.data").write_bytes(np.full(48, np.nan, np.float32).tobytes())  # the canary: its numbers are none
    (home / "m.onnx").write_bytes(with_weights_in("w.data").SerializeToString())
    with pytest.raises(InputError, match="no ordinary file beside it"):
        open_engine(home / "m.onnx")
    (home / "w.data").write_bytes(np.arange(48, dtype=np.float32).tobytes())
    rows = open_engine(home / "m.onnx").probabilities(np.ones((2, *SHAPE), np.uint8))
    assert np.isfinite(rows).all()
    assert rows.argmax(1).tolist() == [2, 2]


@pytest.mark.parametrize(
    "location",
    ["../w.data", "{whole}", "inner/w.data", "link.data", "pipe", ".", "", "a\\w.data", "*/_ORT_MEM_ADDR_/*", "n\0"],
)
def test_weights_elsewhere_are_refused(location: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    for place in (tmp_path, folder / "inner"):
        (place / "w.data").write_bytes(np.arange(48, dtype=np.float32).tobytes())
    (folder / "*" / "_ORT_MEM_ADDR_").mkdir(parents=True)
    (folder / "*" / "_ORT_MEM_ADDR_" / "*").write_bytes(bytes(192))
    (folder / "link.data").symlink_to(tmp_path / "w.data")
    os.mkfifo(folder / "pipe")
    path = folder / "m.onnx"
    path.write_bytes(with_weights_in(location.format(whole=tmp_path / "w.data")).SerializeToString())
    with pytest.raises(InputError, match=r"m\.onnx"):
        GuardedEngine(path)


def test_weights_elsewhere_are_found_wherever_a_file_can_name_them(tmp_path: Path) -> None:
    outside = with_weights_in("../w.data").graph.initializer[0]
    inner = helper.make_graph([], "inner", [], [], [outside])
    hidden = [
        helper.make_node("Constant", [], ["c"], value=outside),
        helper.make_node("If", ["c"], ["d"], then_branch=inner, else_branch=inner),
        helper.make_node("Constant", [], ["e"], sparse_value=onnx.SparseTensorProto(values=outside)),
    ]
    function = helper.make_function("own", "F", [], ["c"], hidden[:1], [helper.make_opsetid("", 18)])
    for kind in ("node", "branch", "sparse node", "sparse initializer", "function"):
        made = linear()
        made.graph.node.extend({"node": hidden[:1], "branch": hidden[1:2], "sparse node": hidden[2:]}.get(kind, []))
        if kind == "sparse initializer":
            made.graph.sparse_initializer.add(values=outside)
        if kind == "function":
            made.functions.append(function)
        with pytest.raises(InputError, match="no ordinary file beside it"):
            external_files(made.SerializeToString(), tmp_path / "m.onnx")


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60), st.integers(0, 10**6), st.integers(1, 30))
def test_damaged_bytes_are_told(extra: bytes, place: int, length: int) -> None:
    whole = with_weights_in("w.data").SerializeToString()
    at = place % len(whole)
    for data in (extra, whole[:at] + extra + whole[at:], whole[:at] + whole[at + length :]):
        with contextlib.suppress(InputError):
            assert external_files(data, Path("/nowhere/m.onnx")) == []
