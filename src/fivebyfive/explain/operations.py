"""What is known of each operation: its arguments' names, its kind, its attributes and the layout of what comes out.

The tables hold PyTorch's names; an operation that is in none of them is still a step, of kind "other". The names of
arguments follow https://pytorch.org/docs/stable/torch.html and .../nn.functional.html.
"""

from collections.abc import Mapping
from typing import Any

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
