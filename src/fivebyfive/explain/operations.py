"""What is known of each operation: its arguments' names, its kind, its attributes and the layout of what comes out.

The tables hold PyTorch's names; an operation that is in none of them is still a step, of kind "other". The names of
arguments follow https://pytorch.org/docs/stable/torch.html and .../nn.functional.html.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from fivebyfive import ops
from fivebyfive.explain import axes
from fivebyfive.explain.trace import Kind, Step

Values = Mapping[str, Any]
Pair = tuple[int, ...]

OUR_OPS = "fivebyfive.ops"

_ALIASES = {
    "arctan": "atan",
    "row_stack": "vstack",
    "__getitem__": "index",
    "__setitem__": "assign",
    "max_pool1d_with_indices": "max_pool1d",
    "max_pool2d_with_indices": "max_pool2d",
    "max_pool3d_with_indices": "max_pool3d",
    "adaptive_max_pool1d_with_indices": "adaptive_max_pool1d",
    "adaptive_max_pool2d_with_indices": "adaptive_max_pool2d",
    "adaptive_max_pool3d_with_indices": "adaptive_max_pool3d",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "truediv": "div",
    "negative": "neg",
    "absolute": "abs",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "moveaxis": "movedim",
    "max_unpool2d": "max_unpool2d",
    "upsample": "interpolate",
    "upsample_nearest": "interpolate",
    "upsample_bilinear": "interpolate",
    "special_expit": "sigmoid",
    "log_sigmoid": "logsigmoid",
    "floordiv": "floor_divide",
    "sparse_mm": "mm",
    "native_channel_shuffle": "channel_shuffle",
}
_SWAPPED = {
    "rsub": "sub",
    "rdiv": "div",
    "rtruediv": "div",
    "rpow": "pow",
    "rmatmul": "matmul",
    "rfloordiv": "floor_divide",
}
"""Operators whose left operand comes second."""


def names(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


def _signatures() -> dict[str, tuple[str, ...]]:
    table = {
        "conv1d conv2d conv3d": "input weight bias stride padding dilation groups",
        "conv_transpose1d conv_transpose2d conv_transpose3d": (
            "input weight bias stride padding output_padding groups dilation"
        ),
        "max_pool1d max_pool2d max_pool3d": "input kernel_size stride padding dilation ceil_mode return_indices",
        "avg_pool1d avg_pool2d avg_pool3d": (
            "input kernel_size stride padding ceil_mode count_include_pad divisor_override"
        ),
        "lp_pool1d lp_pool2d lp_pool3d": "input norm_type kernel_size stride ceil_mode",
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d": "input output_size",
        "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d": "input output_size return_indices",
        "linear": "input weight bias",
        "matmul mm bmm mv dot": "input other",
        "addmm addmv baddbmm": "bias input other",
        "batch_norm": "input running_mean running_var weight bias training momentum eps",
        "instance_norm": "input running_mean running_var weight bias use_input_stats momentum eps",
        "group_norm": "input num_groups weight bias eps",
        "layer_norm": "input normalized_shape weight bias eps",
        "rms_norm": "input normalized_shape weight eps",
        "local_response_norm": "input size alpha beta k",
        "normalize": "input p dim eps",
        "add sub": "input other alpha",
        "mul div maximum minimum floor_divide pow fmod remainder eq ne lt le gt ge and or xor": "input other",
        "where": "condition input other",
        "cat stack": "tensors dim",
        "hstack vstack dstack column_stack": "tensors",
        "chunk": "input chunks dim",
        "split split_with_sizes tensor_split": "input split_size dim",
        "unbind": "input dim",
        "dropout dropout1d dropout2d dropout3d feature_dropout alpha_dropout feature_alpha_dropout": "input p training",
        "softmax log_softmax softmin": "input dim",
        "glu": "input dim",
        "mean sum amax amin max min prod logsumexp all any argmax argmin cumsum": "input dim keepdim",
        "std var": "input dim unbiased keepdim",
        "masked_fill": "input mask value",
        "copy": "input other",
        "scaled_dot_product_attention": "query key value attn_mask dropout_p is_causal",
        "norm": "input p dim keepdim",
        "flatten": "input start_dim end_dim",
        "unflatten": "input dim sizes",
        "transpose": "input dim0 dim1",
        "movedim": "input source destination",
        "squeeze unsqueeze": "input dim",
        "select": "input dim index",
        "narrow": "input dim start length",
        "index": "input index",
        "assign": "input index other",
        "flip roll": "input shifts dim",
        "pixel_shuffle": "input upscale_factor",
        "pixel_unshuffle": "input downscale_factor",
        "channel_shuffle": "input groups",
        "pad": "input pad mode value",
        "interpolate": "input size scale_factor mode align_corners",
        "leaky_relu": "input negative_slope",
        "elu celu": "input alpha",
        "gelu": "input approximate",
        "prelu": "input weight",
        "rrelu": "input lower upper training",
        "hardtanh": "input min_val max_val",
        "softplus": "input beta threshold",
        "hardshrink softshrink": "input lambd",
        "threshold": "input threshold value",
        "clamp": "input min max",
        "clamp_min": "input min",
        "clamp_max": "input max",
        "lerp": "input other weight",
        "fmax fmin": "input other",
        "addcmul addcdiv": "input tensor1 tensor2",
        "addbmm": "bias input other",
        "embedding": "input weight",
        "multi_head_attention_forward": (
            "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn "
            "dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask "
            "use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight"
        ),
        "lstm gru rnn_tanh rnn_relu": "input hx params has_biases",
        "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell": "input hx w_ih w_hh b_ih b_hh",
    }
    return {op: tuple(arguments.split()) for known, arguments in table.items() for op in known.split()}


SIGNATURES = _signatures()

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


def op_name(function: Callable[..., Any]) -> tuple[str, bool, bool]:
    """(the op's name, whether it is its own in-place variant, whether its operands come swapped)."""
    name = getattr(function, "__name__", type(function).__name__)
    if name == "__get__":
        return str(getattr(getattr(function, "__self__", None), "__name__", name)), False, False
    if name in _ALIASES:
        return _ALIASES[name], name == "__setitem__", False
    bare = name.strip("_")
    if name.startswith("__"):
        if bare in _SWAPPED:
            return _SWAPPED[bare], False, True
        inplace = bare.startswith("i") and bare[1:] in {"add", "sub", "mul", "truediv", "div", "pow", "matmul"}
        bare = bare[1:] if inplace else bare.removeprefix("r") if bare in {"radd", "rmul"} else bare
        return _ALIASES.get(bare, bare), inplace, False
    inplace = name.endswith("_")
    return _ALIASES.get(bare, bare), inplace, False


def bind(function: Callable[..., Any], op: str, swapped: bool, args: Sequence[Any], keywords: Values) -> dict[str, Any]:
    """The arguments by PyTorch's names; {} for an operation that is not known."""
    if getattr(function, "__module__", None) == OUR_OPS:
        return _bind_ours(op, args, keywords)
    known = SIGNATURES.get(op, ("input",))
    if op in ("max", "min") and len(args) > 1 and isinstance(args[1], (Tensor, Step)):
        known = ("input", "other")
    if op == "einsum":
        operands = args[1] if len(args) == 2 and isinstance(args[1], (list, tuple)) else args[1:]
        return {"input": args[0], "operands": list(operands)}
    if op in ("split", "chunk") and "split_size_or_sections" in keywords:
        keywords = {**keywords, "split_size": keywords["split_size_or_sections"]}
    called = _OTHER_NAMES["numpy"] | _OTHER_NAMES.get(op, {})
    values = dict(zip(known, args, strict=False)) | {called.get(name, name): v for name, v in keywords.items()}
    if swapped:
        values["input"], values["other"] = values["other"], values["input"]
    if op in ("add", "sub") and len(args) == 3:  # the old order, add(input, alpha, other), is no longer taken
        values.setdefault("alpha", args[2])
    return values


_OTHER_NAMES: dict[str, dict[str, str]] = {
    "numpy": {"axis": "dim", "keepdims": "keepdim", "x1": "input", "x2": "other", "axis0": "dim0", "axis1": "dim1"},
    "addmm": {"input": "bias", "mat1": "input", "mat2": "other"},
    "addmv": {"input": "bias", "mat": "input", "vec": "other"},
    "baddbmm": {"input": "bias", "batch1": "input", "batch2": "other"},
    "addbmm": {"input": "bias", "batch1": "input", "batch2": "other"},
    "mm": {"mat1": "input", "mat2": "other"},
    "bmm": {"mat2": "other"},
    "mv": {"vec": "other"},
    "dot": {"tensor": "other"},
    "lerp": {"end": "other"},
}
"""What keywords are called here: PyTorch takes NumPy's for any operation, and has names of its own for some."""

_OUR_NAMES = {
    "conv2d": ("input", "weight", "strides", "padding"),
    "bias_add": ("input", "other"),
    "relu": ("input",),
    "max_pool": ("input", "ksize", "strides", "padding"),
    "reshape": ("input", "shape"),
    "matmul": ("input", "other"),
    "add": ("input", "other"),
    "dropout": ("input", "keep_prob"),
}
_OUR_KEYWORDS = {"x": "input", "a": "input", "W": "weight"}


def _bind_ours(op: str, args: Sequence[Any], keywords: Values) -> dict[str, Any]:
    values = dict(zip(_OUR_NAMES.get(op, ("input",)), args, strict=False))
    for name, value in keywords.items():
        values["other" if name == "b" else _OUR_KEYWORDS.get(name, name)] = value
    return values


# --- attributes -----------------------------------------------------------------------------------------------------


def attributes(op: str, values: Values, args: Sequence[Any], ours: bool) -> dict[str, Any]:
    """The op's numbers in the vocabulary of trace.py."""
    if op in CONVOLUTIONS:
        return _our_convolution(values) if ours else _convolution(op, values)
    if op in POOLINGS:
        return _our_pooling(values) if ours else _pooling(op, values)
    if op in DROPOUTS:
        return _dropout(op, values, ours)
    if op in NORMALIZATIONS:
        return _normalization(op, values)
    if op in ("reshape", "view", "permute", "expand", "repeat"):
        return {"dims" if op == "permute" else "shape": _asked(values, args)}
    return {name: values[key] for key, name in _PLAIN.items() if _is_plain(values.get(key))}


_PLAIN = {
    "dim": "dim", "keepdim": "keepdim", "start_dim": "start_dim", "end_dim": "end_dim", "dim0": "dim0", "dim1": "dim1",
    "negative_slope": "negative_slope", "alpha": "alpha", "approximate": "approximate", "beta": "beta",
    "threshold": "threshold", "value": "value", "min_val": "min", "max_val": "max", "min": "min", "max": "max",
    "lambd": "lambda", "exponent": "exponent", "other": "other", "upscale_factor": "factor",
    "downscale_factor": "factor", "groups": "groups", "chunks": "chunks", "split_size": "split_size", "mode": "mode",
    "scale_factor": "scale_factor", "size": "output_size", "align_corners": "align_corners", "pad": "pad",
    "lower": "lower", "upper": "upper", "training": "training", "sizes": "shape", "rounding_mode": "rounding_mode",
}  # fmt: skip


def _is_plain(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(_is_plain(v) for v in value)
    return isinstance(value, (bool, int, float, str))


def _asked(values: Values, args: Sequence[Any]) -> tuple[int, ...]:
    """The shape (or dims) of ``x.view(1, -1)``, ``x.view((1, -1))`` and ``x.view(shape=(1, -1))`` alike."""
    named = values.get("shape") or values.get("size") or values.get("dims") or values.get("sizes")
    wanted = named if named is not None else args[1] if len(args) == 2 else args[1:]
    wanted = wanted if isinstance(wanted, Sequence) else (wanted,)
    return tuple(n if isinstance(n, int) else -1 for n in wanted)


def _pair(value: Any, spatial: int) -> Pair:
    """One number for every direction, or one each; a line of values is a picture of height 1."""
    values = tuple(int(n) for n in value) if isinstance(value, Sequence) else (int(value),) * spatial
    return values * spatial if len(values) == 1 else values


def _flat_height(values: Pair, missing: int) -> Pair:
    return (missing, *values) if len(values) == 1 else values


def _sides(padding: Pair) -> tuple[tuple[int, int], ...]:
    sides = tuple((p, p) for p in padding)
    return ((0, 0), *sides) if len(sides) == 1 else sides


def _convolution(op: str, values: Values) -> dict[str, Any]:
    weight = shape_of(values["weight"])
    spatial = len(weight) - 2
    kernel = tuple(weight[2:])
    stride, dilation = _pair(values.get("stride", 1), spatial), _pair(values.get("dilation", 1), spatial)
    transposed = "transpose" in op
    asked = values.get("padding", 0)
    if asked == "same":
        total = tuple(d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
        sides: tuple[tuple[int, int], ...] = tuple((t // 2, t - t // 2) for t in total)
        sides = ((0, 0), *sides) if spatial == 1 else sides
    else:
        sides = _sides(_pair(0 if asked == "valid" else asked, spatial))
    found: dict[str, Any] = {
        "kernel": _flat_height(kernel, 1),
        "stride": _flat_height(stride, 1),
        "padding": sides,
        "padding_name": asked if isinstance(asked, str) else None,
        "padding_mode": "zeros",
        "dilation": _flat_height(dilation, 1),
        "groups": values.get("groups", 1),
    }
    if transposed:
        found |= {
            "transposed": True,
            "output_padding": _flat_height(_pair(values.get("output_padding", 0), spatial), 0),
        }
    return found


def _our_convolution(values: Values) -> dict[str, Any]:
    kernel, size = tuple(shape_of(values["weight"])[:2]), shape_of(values["input"])[1:3]
    return _our_window("conv2d", values, kernel, size) | {"padding_mode": "zeros", "groups": 1}


def _our_pooling(values: Values) -> dict[str, Any]:
    found = _our_window("max_pool", values, _middle(values["ksize"]), shape_of(values["input"])[1:3])
    return found | {"padding_mode": "ignored", "pooling": "max", "ceil_mode": False, "adaptive": False}


def _our_window(op: str, values: Values, kernel: Pair, size: Sequence[int]) -> dict[str, Any]:
    stride, padding = _middle(values["strides"]), values["padding"]
    return {
        "kernel": kernel,
        "stride": stride,
        "padding": ops.padding_sides(op, size, kernel, stride, padding),
        "padding_name": padding if isinstance(padding, str) else None,
        "dilation": (1, 1),
    }


def _middle(value: int | Sequence[int]) -> tuple[int, int]:
    """The height and width of [1, height, width, 1]."""
    return (value, value) if isinstance(value, int) else (int(value[1]), int(value[2]))


def _pooling(op: str, values: Values) -> dict[str, Any]:
    spatial = int(op[-2])
    pooling = "max" if "max" in op else "power" if "lp" in op else "mean"
    if "adaptive" in op:
        asked = values["output_size"]
        sizes = asked if isinstance(asked, Sequence) else (asked,) * spatial
        whole = tuple(shape_of(values["input"])[-spatial:])
        wanted = tuple(n if w is None else int(w) for w, n in zip(sizes, whole, strict=True))
        return {"pooling": pooling, "adaptive": True, "output_size": _flat_height(wanted, 1)}
    kernel = _pair(values["kernel_size"], spatial)
    stride = _pair(values.get("stride") or kernel, spatial)
    found: dict[str, Any] = {
        "kernel": _flat_height(kernel, 1),
        "stride": _flat_height(stride, 1),
        "padding": _sides(_pair(values.get("padding", 0), spatial)),
        "padding_name": None,
        "padding_mode": "ignored" if pooling == "max" else "zeros",
        "dilation": _flat_height(_pair(values.get("dilation", 1), spatial), 1),
        "pooling": pooling,
        "adaptive": False,
        "ceil_mode": bool(values.get("ceil_mode", False)),
    }
    if pooling == "mean":
        found |= {
            "count_include_pad": bool(values.get("count_include_pad", True)),
            "divisor": values.get("divisor_override"),
        }
    if pooling == "power":
        found["power"] = float(values["norm_type"])
    return found


def _dropout(op: str, values: Values, ours: bool) -> dict[str, Any]:
    if ours:
        return {"keep_prob": float(values["keep_prob"])}
    training = bool(values.get("training", values.get("train", "feature" not in op)))
    p = float(values.get("p", 0.5))
    return {"keep_prob": 1.0 - p if training else 1.0, "written_keep_prob": 1.0 - p, "training": training}


def _normalization(op: str, values: Values) -> dict[str, Any]:
    if op == "local_response_norm":
        return {"size": values["size"], "alpha": values.get("alpha", 1e-4), "beta": values.get("beta", 0.75),
                "k": values.get("k", 1.0)}  # fmt: skip
    if op == "normalize":
        return {"p": values.get("p", 2.0), "dim": values.get("dim", 1), "eps": values.get("eps", 1e-12)}
    training = values.get("use_input_stats", True) if op == "instance_norm" else values.get("training", False)
    found: dict[str, Any] = {"eps": values.get("eps", None if op == "rms_norm" else 1e-5)}
    if op in ("batch_norm", "instance_norm"):
        found["training"] = bool(training)
    if op == "group_norm":
        found["norm_groups"] = values["num_groups"]
    if "normalized_shape" in values:
        found["norm_shape"] = tuple(values["normalized_shape"])
    return found


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a tensor, or of a step's output."""
    return tuple(value.output.shape if isinstance(value, Step) else value.shape)


# --- kinds ----------------------------------------------------------------------------------------------------------


def kind_of(op: str, values: Values, origins: Sequence[Step], output: Tensor) -> Kind:
    """The step's kind; adding a bias belongs to the layer that it completes."""
    if op in CONVOLUTIONS:
        return "convolution"
    if op in POOLINGS:
        return "pooling"
    if op in PRODUCTS:
        return "other" if len(origins) > 1 else "fully connected"
    if op in DROPOUTS:
        return "dropout"
    if op in ACTIVATIONS:
        return "activation"
    if op in NORMALIZATIONS:
        return "normalization"
    if op in JOININGS:
        return "joining"
    if op in REARRANGEMENTS:
        return "reshaping"
    if op in ("add", "sub", "mul", "div", "bias_add", "maximum", "minimum"):
        return _kind_of_sum(op, values, origins)
    if op in REDUCTIONS and origins and _loses_space(origins[0], output):
        return "pooling"
    return "other"


def _kind_of_sum(op: str, values: Values, origins: Sequence[Step]) -> Kind:
    if len(origins) > 1:
        return "joining"
    before = origins[0].kind if origins else "other"
    added = [v for v in (values.get("other"), values.get("input")) if all(v is not origin for origin in origins)]
    completes = op in ("add", "bias_add") and before in ("convolution", "fully connected")
    return before if completes and any(map(_is_list, added)) else "other"


def _is_list(value: Any) -> bool:
    """Whether it is one number for each channel: a tensor with a single dimension larger than 1."""
    return isinstance(value, (Tensor, Step)) and max(shape_of(value), default=1) == numel_of(value)


def _loses_space(origin: Step, output: Tensor) -> bool:
    height, width, _ = origin.size
    return height * width > 1 and output.numel() * height * width == origin.output.numel()


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


def by_rank(rank: int) -> str:
    """PyTorch's habit for a tensor of this many dimensions."""
    return {0: "", 1: "C", 2: "flat", 3: "NCL", 4: "NCHW"}.get(rank, "other")


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


def numel_of(value: Any) -> int:
    """How many values it holds; 0 for what is no tensor."""
    numel = 1
    for n in shape_of(value) if isinstance(value, (Tensor, Step)) else (0,):
        numel *= n
    return numel
