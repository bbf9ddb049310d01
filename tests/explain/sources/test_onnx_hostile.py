"""What a stranger's ONNX file may not do: read elsewhere, take memory by a word, run for ever, load code."""

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.parser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto

import onnx_zoo
from fivebyfive import explain
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.sources.onnx import as_network, reference
from fivebyfive.explain.sources.onnx.reading import read
from onnx_zoo import expect_explained, model


def _picture() -> Any:
    return np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)


def _apart(folder: Path, location: str = "weights/gemm.bin") -> Path:
    """A model whose weights lie in a file of their own."""
    made = onnx_zoo.made("gemm")
    (folder / "weights").mkdir(exist_ok=True)
    onnx.external_data_helper.convert_model_to_external_data(made, True, "gemm.bin", 0)
    onnx.save(made, folder / "weights" / "gemm.onnx")
    whole = onnx.load(folder / "weights" / "gemm.onnx", load_external_data=False)
    for tensor in whole.graph.initializer:
        for entry in tensor.external_data:
            entry.value = location if entry.key == "location" else entry.value
    (folder / "gemm.onnx").write_bytes(whole.SerializeToString())
    return folder / "gemm.onnx"


def test_weights_in_the_models_folder_are_used(tmp_path: Path) -> None:
    expect_explained(explain(str(_apart(tmp_path)), _picture()))


ELSEWHERE = ("../gemm.bin", "/etc/passwd", "weights/../../x", "", ".", "weights//gemm.bin", "weights/none.bin",
             "weights", "weights\\gemm.bin", "C:gemm.bin", "a\0b")  # fmt: skip


@pytest.mark.parametrize("location", ELSEWHERE)
def test_weights_elsewhere_are_refused(location: str, tmp_path: Path) -> None:
    inner = tmp_path / "folder"
    inner.mkdir()
    (tmp_path / "gemm.bin").write_bytes(bytes(100_000))
    with pytest.raises(InputError, match="which is no ordinary file in the model's folder"):
        read(_apart(inner, location))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "folder"
    inner.mkdir()
    path = _apart(inner)
    (inner / "weights" / "gemm.bin").rename(tmp_path / "gemm.bin")
    (inner / "weights" / "gemm.bin").symlink_to(tmp_path / "gemm.bin")
    with pytest.raises(InputError, match="which is no ordinary file in the model's folder"):
        read(path)
    (inner / "weights" / "gemm.onnx").unlink()
    (inner / "weights" / "gemm.bin").unlink()
    (inner / "weights").rmdir()
    (inner / "weights").symlink_to(tmp_path)
    with pytest.raises(InputError, match="which is no ordinary file in the model's folder"):
        read(path)


@pytest.mark.parametrize(("key", "value"), [("length", "9999999999999"), ("offset", "9999999999"), ("offset", "-4"),
                                            ("length", "8"), ("offset", "x")])  # fmt: skip
def test_a_claim_of_more_than_the_file_of_weights_holds_is_told(key: str, value: str, tmp_path: Path) -> None:
    path = _apart(tmp_path)
    whole = onnx.load(path, load_external_data=False)
    tensor = whole.graph.initializer[0]
    kept = {entry.key: entry.value for entry in tensor.external_data} | {key: value}
    del tensor.external_data[:]
    for name, text in kept.items():
        tensor.external_data.add(key=name, value=text)
    path.write_bytes(whole.SerializeToString())
    with pytest.raises(InputError, match="does not hold the 9,216 bytes of a tensor that its model says"):
        read(path)


def test_a_model_that_was_loaded_without_its_weights_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="keeps weights in files of their own; give the path of its file"):
        as_network(onnx.load(_apart(tmp_path), load_external_data=False))


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("s = ConstantOfShape(n)\ny = Add(image, s)", {"n": np.array([1 << 40], np.int64)}),
        ("s = Expand(k, n)\ny = Add(image, s)", {"n": np.array([1 << 20, 1 << 20], np.int64), "k": (1, 1)}),
        ("s = Range(a, n, d)\nf = Cast<to=1>(s)\ny = Add(image, f)",
         {"a": np.int64(0), "n": np.int64(1 << 50), "d": np.int64(1)}),
        ("s = Tile(k, n)\ny = Add(image, s)", {"n": np.array([1 << 36], np.int64), "k": (4,)}),
        ("s = Mul(k, l)\ny = Add(image, s)", {"k": (1 << 18, 1), "l": (1, 1 << 18)}),
        ("s = Pad(k, n)\ny = Add(image, s)", {"n": np.array([0, 1 << 40], np.int64), "k": (4,)}),
        ("s = MatMul(k, l)\ny = Add(image, s)", {"k": (1 << 18, 1), "l": (1, 1 << 18)}),
        ("y = Resize(image, , n)", {"n": np.array([1, 1, 1e6, 1e6], np.float32)}),
        ("y = Conv<pads=[900000000,900000000,0,0]>(image, w, b)", {"w": onnx_zoo.W, "b": (4,)}),
        ("y = ConvTranspose<output_padding=[1000000,1000000], strides=[1000001,1000001]>(image, w)",
         {"w": (1, 1, 2, 2)}),
    ],
)  # fmt: skip
def test_a_tensor_of_a_huge_size_is_told_and_takes_no_memory(text: str, weights: dict[str, Any]) -> None:
    tracemalloc.start()
    with pytest.raises((Failure, InputError)) as error:
        explain(model(text, 18, weights), _picture())
    assert "\n" not in str(error.value)
    assert tracemalloc.get_traced_memory()[1] < 1 << 28
    tracemalloc.stop()


def test_a_tensor_that_says_more_than_it_has_is_told() -> None:
    for dims, size in (([1 << 40], 8), ([3], 8), ([-1], 4), ([1 << 62, 1 << 62], 0)):
        claimed = onnx_zoo.made("gemm")
        claimed.graph.initializer.append(
            TensorProto(data_type=TensorProto.FLOAT, dims=dims, raw_data=bytes(size), name="z")
        )
        with pytest.raises(InputError):
            as_network(claimed)


def test_functions_that_call_one_another_without_an_end_are_told() -> None:
    text = '<ir_version: 8, opset_import: ["" : 17, "m" : 1]> net (float[N,4] x) => (float[N,4] y) { y = m.f(x) }'
    head = '<opset_import: ["" : 17, "m" : 1], domain: "m">'
    with pytest.raises(InputError, match="its functions call one another more than 16 deep, or without an end"):
        as_network(onnx.parser.parse_model(text + f"{head} f (x) => (z) {{ z = m.f(x) }}"))
    many = "".join(
        f"{head} f{i} (x) => (z) {{ a = m.f{i + 1}(x)\nb = m.f{i + 1}(a)\nc = m.f{i + 1}(b)\nd = m.f{i + 1}(c)\n"
        f"e = m.f{i + 1}(d)\nz = m.f{i + 1}(e) }}"
        for i in range(12)
    )
    last = f"{head} f12 (x) => (z) {{ z = Relu(x) }}"
    with pytest.raises(InputError, match="its functions stand for more than 100,000 nodes"):
        as_network(onnx.parser.parse_model(text.replace("m.f(", "m.f0(") + many + last))


def test_branches_within_branches_are_bounded() -> None:
    inner = "y0 = Relu(x)"
    for depth in range(20):
        inner = (f"y{depth + 1} = If (t) <then_branch = a{depth} () => (float[N] y{depth}) {{ {inner} }}, "
                 f"else_branch = b{depth} () => (float[N] z{depth}) {{ z{depth} = Neg(x) }}>")  # fmt: skip
    text = f'<ir_version: 8, opset_import: ["" : 17]> net (float[N] x, bool t) => (float[N] y20) {{ {inner} }}'
    with pytest.raises(InputError, match="its branches and loops lie deeper than 16 within one another"):
        as_network(onnx.parser.parse_model(text))


def test_a_model_that_runs_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "SECONDS", 2)
    endless = onnx_zoo.made("loop")
    next(t for t in endless.graph.initializer if t.name == "three").CopyFrom(
        onnx.numpy_helper.from_array(np.array(1 << 60, np.int64), "three")
    )
    with pytest.raises(Failure, match=r"goes round more than 1,000 times.*takes more than 2 seconds of processor time"):
        explain(endless, _picture())


def test_an_operators_library_is_never_loaded(tmp_path: Path) -> None:
    odd = model('y = somebody.Odd<library="/tmp/evil.so">(image)', 17, {}, ', "somebody": 1')
    onnx.save(odd, tmp_path / "odd.onnx")
    done = subprocess.run(
        [sys.executable, "-m", "fivebyfive", "explain", tmp_path / "odd.onnx"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "odd.onnx: somebody.Odd (odd) is not known here, and ONNX Runtime" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"just a text\n", "is a text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "is a picture"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a pointer of Git LFS"),
        (b"\x08\x07\x12\x04torch" + b"\xff" * 40, "is damaged, or no ONNX model"),
        (onnx.ModelProto(ir_version=8).SerializeToString(), "is no ONNX model that can run: there are no nodes"),
    ],
)
def test_what_is_no_model_is_one_line(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(data)
    with pytest.raises(InputError) as error:
        read(tmp_path / "model.onnx")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


WHOLE = onnx_zoo.made("shapes").SerializeToString()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_any_damage_is_one_line_or_none(at: int, byte: int, cut: bool, tmp_path: Path) -> None:
    data = WHOLE[:at] if cut else WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    (tmp_path / "model.onnx").write_bytes(data)
    assert "\n" not in _said(tmp_path / "model.onnx")


def _said(path: Path) -> str:
    """What is wrong with a file; "" for nothing."""
    try:
        read(path)
    except InputError as error:
        return str(error)
    return ""
