"""What is known of each operation: its arguments' names, its kind, its attributes and the layout of what comes out.

The tables hold PyTorch's names; an operation that is in none of them is still a step, of kind "other". The names of
arguments follow https://pytorch.org/docs/stable/torch.html and .../nn.functional.html.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from fivebyfive.explain import axes
from fivebyfive.explain.layout import by_rank
from fivebyfive.explain.step import Step

Values = Mapping[str, Any]
Pair = tuple[int, ...]

OUR_OPS = "fivebyfive.ops"


def names(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


CONVOLUTIONS = frozenset(f"conv{t}{n}d" for t in ("", "_transpose") for n in (1, 2, 3))
POOLINGS = frozenset(
    f"{kind}_pool{n}d" for kind in ("max", "avg", "lp", "adaptive_avg", "adaptive_max") for n in (1, 2, 3)
) | {"max_pool"}
PRODUCTS = frozenset({"linear", "matmul", "mm", "bmm", "mv", "dot", "addmm", "addmv", "baddbmm"})
DROPOUTS = frozenset({"dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout",
                      "feature_alpha_dropout"})  # fmt: skip
NORMALIZATIONS = frozenset(
    {"batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm", "local_response_norm", "normalize"}
)
ACTIVATIONS = names(
    """
    relu relu6 leaky_relu prelu rrelu elu selu celu gelu silu mish hardswish hardsigmoid hardtanh softplus
    softsign tanh sigmoid logsigmoid tanhshrink threshold hardshrink softshrink softmax log_softmax
    softmin glu
    """
)
FUNCTIONS = names(
    """
    neg abs exp expm1 log log1p log2 sqrt rsqrt square reciprocal sign floor ceil round trunc frac sin cos
    tan atan erf sinh cosh clamp clamp_min clamp_max logit
    """
)
"""Functions of one value that are no usual activation."""
JOININGS = names("cat stack hstack vstack dstack column_stack")
REARRANGEMENTS = names(
    """
    reshape view reshape_as view_as flatten unflatten permute transpose movedim squeeze unsqueeze ravel t
    T mT H mH adjoint index select narrow chunk split split_with_sizes tensor_split unbind flip roll rot90
    pixel_shuffle pixel_unshuffle channel_shuffle pad expand expand_as repeat tile repeat_interleave
    unfold broadcast_to index_select gather take_along_dim diagonal
    """
)
"""Every output value is one of the input's (or padding); ``data`` … below only hand the tensor on."""
HANDED_ON = names(
    """
    contiguous clone detach data to float double half bfloat16 int long short bool type type_as cpu cuda requires_grad_
    identity alias view_as_real positive real
    """
)
RECURRENT = names("lstm gru rnn_tanh rnn_relu")
RECURRENT_CELLS = names("lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell")
REDUCTIONS = names(
    """
    mean sum amax amin max min
    """
)
BINARY = names(
    """
    add sub mul div maximum minimum pow floor_divide fmod remainder
    """
)
COMPARISONS = names(
    """
    eq ne lt le gt ge and or xor
    """
)


# --- layouts --------------------------------------------------------------------------------------------------------


def layout_of(
    op: str, values: Values, found: Mapping[str, Any], origins: Sequence[Step], output: Tensor, ours: bool
) -> str:
    """Which dimension of the output is which; see `Step.layout`. `found` are the op's attributes."""
    rank = output.dim()
    if ours and rank == 4 and output.shape[0] == 1:
        return "NHWC"
    cut = axes.followed(op, values, found, origins, tuple(output.shape))
    if cut is not None and origins[0].axes is not None:  # windows, or heads, put together again
        letters = axes.letters_of(cut)
        if letters is not None:
            return _named(letters)
    followed = None if origins and origins[0].axes is not None else _followed(op, values, found, origins, output)
    if followed is not None and (rank < 2 or output.shape[0] == 1 or "N" in followed):
        return _named(followed)
    if rank > 1 and output.shape[0] != 1:
        return "CHW" if rank == 3 else "other"
    if op in _RESHAPES and rank == 4 and origins and "L" in _letters(origins[0].layout):
        return "other"  # tokens whose channels are split into heads
    if op in CONVOLUTIONS or op in POOLINGS or op in ("batch_norm", "instance_norm", "group_norm"):
        return {3: "NCL", 4: "NCHW"}.get(rank, "other")
    if rank == 4 and origins and all(o.layout == "other" and o.output.dim() >= 4 for o in origins):
        return "other"  # what was not known before is not known now
    if op == "embedding" and rank == 3:
        return "NLC"  # a vector for each token
    if op not in REARRANGEMENTS:
        same = [o for o in origins if o.output.dim() == rank and o.layout != "other"]
        if same:
            return _largest(same).layout
    return by_rank(rank)


def _followed(op: str, values: Values, found: Mapping[str, Any], origins: Sequence[Step], output: Tensor) -> str | None:
    """The letters of the output, where they follow from the input's; None where they do not."""
    if not origins:
        return None
    origin = _largest(origins) if op == "cat" else origins[0]
    letters = _letters(origin.layout)
    if letters == "other" or len(letters) != origin.output.dim():
        return None
    moved = (
        "".join(letters[d] for d in found["dims"])
        if op == "permute"
        else _moved(op, values, letters, origin.output, output)
    )
    if moved == "NLC" and letters == "NCL" and op in ("linear", "matmul") and _is_known(origin):
        moved = letters  # tokens are mixed, not channels
    fits = moved is not None and len(moved) == output.dim() and len(set(moved)) == len(moved)
    one = fits and moved is not None and ("N" not in moved or output.shape[moved.index("N")] == 1)
    return moved if one else None


def _is_known(step: Step) -> bool:
    """Whether a line's channels come first for certain; of a tensor that was given it is a habit."""
    while step.origins:
        if step.op in CONVOLUTIONS | POOLINGS or "H" in step.layout:
            return True
        step = step.origins[0]
    return "H" in step.layout


def _largest(origins: Sequence[Step]) -> Step:
    """The one that the result is most of: a class token or a bias does not say which dimension is which."""
    return max(origins, key=lambda origin: origin.output.numel())


_RESHAPES = names("reshape view flatten unflatten view_as reshape_as")


def _letters(layout: str) -> str:
    return "NC" if layout == "flat" else layout


def _named(letters: str) -> str:
    return "flat" if letters == "NC" else letters


def _moved(op: str, values: Values, letters: str, before: Tensor, after: Tensor) -> str | None:
    """Where the letters are after a rearrangement or a reduction; None where that is not known."""
    rank = len(letters)
    if op in ("transpose", "t", "T", "mT", "H", "mH", "adjoint"):
        a, b = (values.get("dim0", -2), values.get("dim1", -1)) if op == "transpose" else (-2, -1)
        order = list(range(rank))
        order[a], order[b] = order[b], order[a]
        return "".join(letters[i] for i in order)
    if op in REDUCTIONS or op in ("std", "var", "prod", "logsumexp", "norm", "argmax", "argmin"):
        dims = values.get("dim")
        if before.dim() == after.dim():
            return letters
        dims = range(rank) if dims is None else dims if isinstance(dims, Sequence) else (dims,)
        gone = {d % rank for d in dims}
        return "".join(c for i, c in enumerate(letters) if i not in gone)
    if op == "movedim":
        order = _moved_order(rank, values["source"], values["destination"])
        return "".join(letters[i] for i in order)
    if op in ("chunk", "split", "split_with_sizes", "tensor_split", "narrow", "flip", "roll", "cat", "pad"):
        return letters
    if op in _RESHAPES:
        return _regrouped(letters, before.shape, after.shape)
    if op in ("select", "unbind"):
        return _without(letters, values.get("dim", 0))
    if op == "squeeze":
        return _squeezed(letters, before, values.get("dim"))
    if op == "index":
        return _indexed(letters, values.get("index"))
    if op in ("linear", "matmul", "layer_norm", "rms_norm") and before.dim() == after.dim():
        return "NLC" if letters == "NCL" else letters
    return None


def _moved_order(rank: int, source: int | Sequence[int], destination: int | Sequence[int]) -> list[int]:
    """Where each dimension of ``movedim``'s result was."""
    sources, targets = ([d % rank for d in (dims if isinstance(dims, Sequence) else (dims,))]
                        for dims in (source, destination))  # fmt: skip
    others = iter([d for d in range(rank) if d not in sources])
    placed = dict(zip(targets, sources, strict=True))
    return [placed[d] if d in placed else next(others) for d in range(rank)]


def _regrouped(letters: str, before: Sequence[int], after: Sequence[int]) -> str | None:
    """The letters after a reshape: a line L that becomes two dimensions is H and W again, and the other way round.

    Several dimensions that become one are the channels where channels are among them.
    """
    result = ""
    for own, sizes in _stretches(letters, before, after):
        if len(own) == len(sizes):
            result += own
        elif own == "L" and len(sizes) == 2:
            result += "HW"
        elif len(sizes) == 1 and own:
            result += "C" if "C" in own else "L" if set(own) == {"H", "W"} else "N" if own == "N" else "?"
        else:
            return None
    if "?" in result:
        return None
    if result in ("L", "NL"):  # all that there is in one list
        return result.replace("L", "C")
    return result.replace("H", "L").replace("W", "L") if ("H" in result) != ("W" in result) else result


def _stretches(letters: str, before: Sequence[int], after: Sequence[int]) -> list[tuple[str, tuple[int, ...]]]:
    """The shortest runs of dimensions that hold equally many values before and after, in order.

    The batch of one stands by itself; dimensions of size 1 at the end of a run belong to it.
    """
    runs: list[tuple[str, tuple[int, ...]]] = []
    i = j = 0
    while i < len(before) or j < len(after):
        a, b, first, start = 1, 1, i, j
        if i < len(before):
            a, i = before[i], i + 1
        if j < len(after):
            b, j = after[j], j + 1
        while a != b and (i < len(before) or j < len(after)):
            if (a < b and i < len(before)) or j >= len(after):
                a, i = a * before[i], i + 1
            else:
                b, j = b * after[j], j + 1
        if i == len(before) or j == len(after):  # what is left on one side is of size 1
            i, j = len(before), len(after)
        runs.append((letters[first:i], tuple(after[start:j])))
    return runs


def _without(letters: str, dim: int) -> str:
    at = dim % len(letters)
    return letters[:at] + letters[at + 1 :]


def _squeezed(letters: str, before: Tensor, dim: int | None) -> str:
    gone = [i for i, n in enumerate(before.shape) if n == 1] if dim is None else [dim % before.dim()]
    return "".join(c for i, c in enumerate(letters) if not (i in gone and before.shape[i] == 1))


def _indexed(letters: str, index: Any) -> str | None:
    """Slices keep a dimension, whole numbers take it away; anything else is not followed."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(p is None or not isinstance(p, (slice, int, type(...))) or isinstance(p, bool) for p in parts):
        return None
    if ... in parts:
        at = parts.index(...)
        parts[at : at + 1] = [slice(None)] * (len(letters) - len(parts) + 1)
    parts += [slice(None)] * (len(letters) - len(parts))
    return "".join(c for c, p in zip(letters, parts, strict=True) if isinstance(p, slice))
