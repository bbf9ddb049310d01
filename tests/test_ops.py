"""The post's vocabulary keeps TensorFlow's semantics: its own recorded results, the formula, the errors.

The recorded calls are made by ``tests/recorded/record_tensorflow.py``, which can be run again.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.overrides import TorchFunctionMode

from fivebyfive import geometry, ops
from fivebyfive.errors import InputError
from recorded.record_tensorflow import HERE, Case, inputs, upstream

RECORDED = json.loads((HERE / "tensorflow.json").read_text())["cases"]
CALLS = [case for case in RECORDED if "refused" not in case]
REFUSALS = [case for case in RECORDED if "refused" in case]
NOT_ARGUMENTS = {"op", "seed", "shapes", "levels", "scale", "refused"}


@pytest.fixture(scope="module")
def tensorflow() -> dict[str, np.ndarray]:
    with np.load(HERE / "tensorflow.npz") as results:
        return dict(results)


def title(case: Case) -> str:
    return f"{case['seed']}-{case['op']}"


def arguments(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name not in NOT_ARGUMENTS}


def call(case: Case, tensors: dict[str, Tensor]) -> Tensor:
    """`case` as a call of ours; the counterpart of the recording script's `tensorflow_call`."""
    if case["op"] == "softmax_cross_entropy_with_logits":
        labels = tensors["labels"].abs()
        distributions = labels / labels.sum(-1, keepdim=True)
        tensors = {"logits": tensors["logits"] * case.get("scale", 1), "labels": distributions}
    result: Tensor = getattr(ops, case["op"])(**tensors, **arguments(case))
    return result


def assert_equal(ours: Tensor, theirs: np.ndarray) -> None:
    """Each value within 1e-5 of itself, or of the tensor's mean magnitude where a sum cancels to less than that."""
    assert list(ours.shape) == list(theirs.shape)
    a, b = ours.detach().numpy().astype(np.float64), theirs.astype(np.float64)
    allowed = 1e-5 * np.maximum(np.abs(b), np.abs(b).mean() if b.size else 0.0)
    assert np.all(np.abs(a - b) <= allowed)


# --- TensorFlow's own results ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in CALLS if c["op"] != "dropout"], ids=title)
def test_gives_tensorflows_values_and_gradients(case: Case, tensorflow: dict[str, np.ndarray]) -> None:
    tensors = {name: torch.from_numpy(value).requires_grad_() for name, value in inputs(case).items()}
    output = call(case, tensors)
    gradients = torch.autograd.grad(
        output, list(tensors.values()), torch.from_numpy(upstream(case, list(output.shape)))
    )

    assert_equal(output, tensorflow[f"{case['seed']}.output"])
    for name, gradient in zip(tensors, gradients, strict=True):
        assert_equal(gradient, tensorflow[f"{case['seed']}.d{name}"])


@pytest.mark.parametrize("case", [c for c in CALLS if c["op"] == "dropout"], ids=title)
def test_dropout_gives_tensorflows_value_wherever_both_keep_it(case: Case, tensorflow: dict[str, np.ndarray]) -> None:
    torch.manual_seed(0)
    x = torch.from_numpy(inputs(case)["x"]).requires_grad_()
    output = ops.dropout(x, case["keep_prob"])
    (gradient,) = torch.autograd.grad(output.sum(), x)

    theirs = tensorflow[f"{case['seed']}.output"]
    both = (output.detach().numpy() != 0) & (theirs != 0)
    assert both.sum() >= (1000 if case["keep_prob"] == 1 else 2)
    assert_equal(output[torch.from_numpy(both)], theirs[both])
    torch.testing.assert_close(gradient, (output.detach() != 0) / case["keep_prob"])


@pytest.mark.parametrize("case", REFUSALS, ids=title)
def test_refuses_what_tensorflow_refuses(case: Case) -> None:
    with pytest.raises(InputError, match=case["op"]):
        call(case, {name: torch.from_numpy(value) for name, value in inputs(case).items()})


def test_recorded_cases_cover_what_the_semantics_depend_on() -> None:
    def drawn(op: str, of: Callable[[Case], Any]) -> set[Any]:
        return {of(case) for case in CALLS if case["op"] == op}

    assert {(k, k) for k in range(1, 8)} <= drawn("conv2d", lambda c: tuple(c["shapes"]["W"][:2]))
    assert {(s, s) for s in (1, 2, 3)} | {(1, 2), (3, 1)} <= drawn("conv2d", lambda c: tuple(c["strides"][1:3]))
    for op in ("conv2d", "max_pool"):
        assert {True, False} == drawn(op, lambda c: c["shapes"]["x"][1] % c["strides"][1] == 0)
        assert {"SAME", "VALID", "EXPLICIT"} == drawn(
            op, lambda c: c["padding"] if isinstance(c["padding"], str) else "EXPLICIT"
        )


def test_conv2d_writes_a_single_column_of_outputs_of_one_channel() -> None:
    x, W = torch.rand(3, 12, 5, 1), torch.rand(2, 3, 1, 16)
    exact = ops.conv2d(x.double(), W.double(), [1, 1, 3, 1], "VALID")
    torch.testing.assert_close(ops.conv2d(x, W, [1, 1, 3, 1], "VALID").double(), exact, rtol=1e-5, atol=1e-5)


# --- the formula ----------------------------------------------------------------------------------------------------


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Tensor, Tensor, tuple[int, int], str]:
    whole = st.integers(1, 5)
    n, height, width, channels, kh, kw, out, sh, sw = (draw(whole) for _ in range(9))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    if padding == "VALID":
        height, width = height + kh - 1, width + kw - 1
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1 << 30)))
    x = torch.randn(n, height, width, channels, generator=generator, dtype=torch.float64)
    W = torch.randn(kh, kw, channels, out, generator=generator, dtype=torch.float64)
    return x, W, (sh, sw), padding


@given(convolutions())
@settings(max_examples=40, deadline=None)
def test_conv2d_is_the_written_out_sum(drawn: tuple[Tensor, Tensor, tuple[int, int], str]) -> None:
    x, W, (sh, sw), padding = drawn
    (n, height, width, _), (kh, kw, _, out) = x.shape, W.shape
    output = ops.conv2d(x, W, [1, sh, sw, 1], padding)

    if padding == "SAME":
        rows, columns = -(-height // sh), -(-width // sw)
        top = max((rows - 1) * sh + kh - height, 0) // 2
        left = max((columns - 1) * sw + kw - width, 0) // 2
    else:
        rows, columns, top, left = -(-(height - kh + 1) // sh), -(-(width - kw + 1) // sw), 0, 0
    assert output.shape == (n, rows, columns, out)
    for i in range(rows):
        for j in range(columns):
            total = torch.zeros(n, out, dtype=torch.float64)
            for di in range(kh):
                for dj in range(kw):
                    y, x_ = sh * i + di - top, sw * j + dj - left
                    if 0 <= y < height and 0 <= x_ < width:
                        total += x[:, y, x_] @ W[di, dj]
            torch.testing.assert_close(output[:, i, j], total)


@given(convolutions())
@settings(max_examples=20, deadline=None)
def test_conv2d_is_linear_in_the_images(drawn: tuple[Tensor, Tensor, tuple[int, int], str]) -> None:
    x, W, (sh, sw), padding = drawn

    def conv(images: Tensor) -> Tensor:
        return ops.conv2d(images, W, [1, sh, sw, 1], padding)

    torch.testing.assert_close(conv(2 * x + x.flip(1)), 2 * conv(x) + conv(x.flip(1)))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(1, 5), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_padding_never_wins_a_maximum(height: int, width: int, kh: int, kw: int, stride: int) -> None:
    x = -1.0 - torch.rand(2, height, width, 3)
    output = ops.max_pool(x, [1, kh, kw, 1], [1, stride, stride, 1], "SAME")
    assert output.shape[1:3] == (-(-height // stride), -(-width // stride))
    assert output.max() <= -1.0
    assert bool(torch.isin(output, x).all())


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9))
def test_same_padding_puts_the_smaller_half_before(size: int, window: int, stride: int) -> None:
    (top, bottom), _ = geometry.padding_sides("conv2d", (size, size), (window, window), (stride, stride), "SAME")
    out = -(-size // stride)
    assert bottom - top in (0, 1)
    assert top + bottom == max((out - 1) * stride + window - size, 0)


@given(st.floats(0.05, 1.0))
@settings(max_examples=20, deadline=None)
def test_dropout_keeps_its_share_scaled_to_keep_the_sum(keep_prob: float) -> None:
    torch.manual_seed(0)
    output = ops.dropout(torch.ones(200, 200), keep_prob)
    kept = output[output != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / keep_prob))
    assert abs(kept.numel() / output.numel() - keep_prob) < 0.02


def test_an_empty_batch_is_a_batch() -> None:
    x = torch.zeros(0, 6, 5, 2)
    assert ops.conv2d(x, torch.zeros(3, 3, 2, 4), 1, "SAME").shape == (0, 6, 5, 4)
    assert ops.max_pool(x, 2, 2, "SAME").shape == (0, 3, 3, 2)


# --- one overridable call each --------------------------------------------------------------------------------------

IMAGES = torch.ones(1, 5, 4, 2)
EVERY_OP: list[tuple[str, Sequence[Any]]] = [
    ("conv2d", (IMAGES, torch.ones(3, 3, 2, 4), [1, 1, 1, 1], "SAME")),
    ("bias_add", (IMAGES, torch.ones(2))),
    ("relu", (IMAGES,)),
    ("max_pool", (IMAGES, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")),
    ("reshape", (IMAGES, [-1, 40])),
    ("matmul", (torch.ones(2, 3), torch.ones(3, 4))),
    ("add", (IMAGES, torch.ones(2))),
    ("dropout", (IMAGES, 0.5)),
    ("softmax_cross_entropy_with_logits", (torch.ones(2, 3), torch.ones(2, 3))),
]


class Listener(TorchFunctionMode):
    """Notes every call that it sees, and lets it happen."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.seen.append(func)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(("name", "given"), EVERY_OP, ids=[name for name, _ in EVERY_OP])
def test_each_op_is_one_call_for_whoever_listens(name: str, given: Sequence[Any]) -> None:
    op = getattr(ops, name)
    with Listener() as listener:
        op(*given)
    assert listener.seen == [op]


@pytest.mark.parametrize(("name", "given"), EVERY_OP, ids=[name for name, _ in EVERY_OP])
def test_each_op_can_be_overridden_by_a_tensor_of_ones_own(name: str, given: Sequence[Any]) -> None:
    class Own(Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, *_: Any) -> Any:
            return func.__name__

    first, *rest = given
    assert getattr(ops, name)(first.as_subclass(Own), *rest) == name


# --- errors name the argument, its shape and what was expected ------------------------------------------------------

X, W = torch.ones(2, 5, 4, 3), torch.ones(3, 3, 3, 8)
ONES = [1, 1, 1, 1]
MISTAKES: list[tuple[Callable[[], Tensor], list[str]]] = [
    (lambda: ops.conv2d(X[0], W, ONES, "SAME"), ["x", "[5, 4, 3]", "4 dimensions", "[N, H, W, C]"]),
    (lambda: ops.conv2d(X, W[0], ONES, "SAME"), ["W", "[3, 3, 8]", "[height, width, in, out]"]),
    (
        lambda: ops.conv2d(X[..., :2], W, ONES, "SAME"),
        ["x has 2", "[2, 5, 4, 2]", "W takes 3", "[3, 3, 3, 8]"],
    ),
    (lambda: ops.conv2d(X, W.double(), ONES, "SAME"), ["x", "float32", "W", "float64", "one type"]),
    (lambda: ops.conv2d(X.numpy(), W, ONES, "SAME"), ["x", "ndarray", "torch.Tensor"]),  # type: ignore[arg-type]
    (lambda: ops.conv2d(X, W, [1, 2], "SAME"), ["strides", "[1, 2]", "[1, height, width, 1]"]),
    (lambda: ops.conv2d(X, W, 0, "SAME"), ["strides", "0", "at least 1"]),
    (lambda: ops.conv2d(X, W, [1, 1.5, 1.5, 1], "SAME"), ["strides", "1.5", "whole numbers"]),  # type: ignore[list-item]
    (lambda: ops.conv2d(X, W, ONES, "same"), ["padding", "same", '"SAME", "VALID"']),
    (lambda: ops.conv2d(X, W, ONES, [[1, 1], [1, 1]]), ["padding", "[[1, 1], [1, 1]]", "[top, bottom]"]),
    (lambda: ops.conv2d(X, W, ONES, [[0, 0], [-1, 1], [0, 0], [0, 0]]), ["padding", "-1", "[top, bottom]"]),
    (lambda: ops.conv2d(X, W, ONES, 2), ["padding", "2", '"SAME"']),  # type: ignore[arg-type]
    (lambda: ops.conv2d(X, torch.ones(3, 5, 3, 8), ONES, "VALID"), ["width is 5", "only 4", "smaller window"]),
    (lambda: ops.conv2d(X, torch.ones(7, 3, 3, 8), ONES, "VALID"), ["height is 7", "only 5", "larger image"]),
    (lambda: ops.conv2d(X, W[:0], ONES, "SAME"), ["height", "window 0", "at least 1"]),
    (lambda: ops.conv2d(X[:, :0], W, ONES, "SAME"), ["height of the image is 0", "at least 1"]),
    (lambda: ops.bias_add(X, torch.ones(4)), ["x has 3 channels", "[2, 5, 4, 3]", "b has 4", "[4]"]),
    (lambda: ops.bias_add(X, torch.ones(1, 3)), ["b", "[1, 3]", "1 dimension, [channels]"]),
    (lambda: ops.bias_add(torch.ones(3), torch.ones(3)), ["x", "[3]", "at least 2 dimensions"]),
    (lambda: ops.bias_add(X, torch.ones(3).long()), ["x", "b", "int64", "one type"]),
    (lambda: ops.relu([1.0]), ["x", "list", "torch.Tensor"]),  # type: ignore[arg-type]
    (lambda: ops.max_pool(X[0], 2, 2, "SAME"), ["x", "[5, 4, 3]", "[N, H, W, C]"]),
    (lambda: ops.max_pool(X.long(), 2, 2, "SAME"), ["x", "int64", "x.float()"]),
    (lambda: ops.max_pool(X, [2, 2], 2, "SAME"), ["ksize", "[2, 2]", "[1, height, width, 1]"]),
    (lambda: ops.max_pool(X, 2, [1, 2, 2, 2], "SAME"), ["strides", "[1, 2, 2, 2]", "no channel is skipped"]),
    (lambda: ops.max_pool(X, 6, 2, "VALID"), ["height is 6", "only 5"]),
    (lambda: ops.reshape(X, [-1, 7]), ["x has 120 values", "[2, 5, 4, 3]", "[-1, 7]"]),
    (lambda: ops.reshape(X, [-1, -1]), ["shape", "[-1, -1]", "at most one"]),
    (lambda: ops.reshape(X, 120), ["shape", "120", "list of whole numbers"]),  # type: ignore[arg-type]
    (lambda: ops.reshape(X, [-1, 2.5]), ["shape", "2.5", "whole numbers"]),  # type: ignore[list-item]
    (lambda: ops.matmul(torch.ones(2, 3), torch.ones(4, 5)), ["a has 3 columns", "[2, 3]", "b has 4 rows", "[4, 5]"]),
    (lambda: ops.matmul(torch.ones(3), torch.ones(3, 2)), ["a", "[3]", "[rows, columns]"]),
    (lambda: ops.matmul(torch.ones(2, 3, 3), torch.ones(4, 3, 3)), ["[2, 3, 3]", "[4, 3, 3]", "equal or 1"]),
    (lambda: ops.matmul(torch.ones(2, 3), torch.ones(3, 2).double()), ["a", "float32", "b", "float64"]),
    (lambda: ops.add(torch.ones(2, 3), torch.ones(4)), ["a", "[2, 3]", "b", "[4]", "equal or 1"]),
    (lambda: ops.dropout(X, 0.0), ["keep_prob is 0.0", "above 0", "1 / keep_prob"]),
    (lambda: ops.dropout(X, 1.01), ["keep_prob is 1.01", "at most 1"]),
    (lambda: ops.dropout(X, float("nan")), ["keep_prob is nan"]),
    (lambda: ops.dropout(X, None), ["keep_prob is None"]),  # type: ignore[arg-type]
    (lambda: ops.dropout(X.long(), 0.5), ["x", "int64", "floats"]),
    (
        lambda: ops.softmax_cross_entropy_with_logits(torch.ones(2, 3), torch.ones(2, 4)),
        ["logits", "[2, 3]", "labels", "[2, 4]", "equal"],
    ),
    (
        lambda: ops.softmax_cross_entropy_with_logits(torch.ones(2, 3), torch.ones(2, 3).long()),
        ["labels", "int64", "one type"],
    ),
]


@pytest.mark.parametrize(("mistake", "named"), MISTAKES, ids=[" ".join(named[:2]) for _, named in MISTAKES])
def test_a_mistake_names_the_argument_its_shape_and_what_was_expected(
    mistake: Callable[[], Tensor], named: list[str]
) -> None:
    with pytest.raises(InputError) as raised:
        mistake()
    message = str(raised.value)
    assert "\n" not in message
    for part in named:
        assert part in message
