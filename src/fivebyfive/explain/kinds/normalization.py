"""Normalization: the mean is taken away and the rest divided by the standard deviation, so that sizes stay even.

Source of the definitions: https://pytorch.org/docs/stable/nn.functional.html#normalization-functions
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.backward.passing import with_ones
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Called, Index, Kind, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import function_of
from fivebyfive.explain.terms import HALVES, Doubles, cut, doubles, line_of, same_place, tensor_of


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "local_response_norm":
        return _response_norm(step, index, position)
    return (_unit_norm if step.op == "normalize" else _normalization)(step, index, position)


def _attributes(called: Called) -> dict[str, Any]:
    op, values = called.op, called.values
    if op == "local_response_norm":
        return {"size": values["size"], "alpha": values.get("alpha", 1e-4), "beta": values.get("beta", 0.75),
                "k": values.get("k", 1.0)}  # fmt: skip
    if op == "normalize":
        return {"p": values.get("p", 2.0), "dim": values.get("dim", 1), "eps": values.get("eps", 1e-12)}
    training = values.get("use_input_stats", True) if op == "instance_norm" else values.get("training", False)
    found: dict[str, Any] = {"eps": values.get("eps", None if op == "rms_norm" else 1e-5)}
    if op in ("batch_norm", "instance_norm", "batch_normalization"):
        found["training"] = bool(training)
    if op == "group_norm":
        found["norm_groups"] = values["num_groups"]
    if "normalized_shape" in values:
        found["norm_shape"] = tuple(values["normalized_shape"])
    return found


def _normalization(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    tensor = tensor_of(values["input"])
    op = step.op
    channel = index[-1] if op == "batch_normalization" else index[1] if len(index) > 1 else index[0]
    over = _normalized_with(step, tensor, index)
    computed = torch.float32 if tensor.dtype in HALVES else tensor.dtype
    eps = float(step.attributes["eps"] if step.attributes["eps"] is not None else torch.finfo(computed).eps)
    if over is None:
        mean, variance = (
            float(tensor_of(values["running_mean"])[channel]),
            float(tensor_of(values["running_var"])[channel]),
        )
    else:
        mean, variance = float(over.mean()), float(over.var())
    if op == "rms_norm":
        assert over is not None
        mean, variance = 0.0, float((over**2).mean())
    gamma, beta = (_own(values.get(name), step, index, channel) for name in ("weight", "bias"))
    scale = (1.0 if gamma is None else gamma) / math.sqrt(variance + eps)
    shift = (0.0 if beta is None else beta) - mean * scale
    term = same_place(step, "input", index, scale)
    total = term.product + shift
    g, b = ("" if gamma is None else f"{short(gamma)} · "), ("" if beta is None else f" + {short(beta)}")
    root = f"√({short(variance)} + {eps:g})"
    less = "" if op == "rms_norm" else f" − {short(mean)}"
    fraction = "I / √(mean I² + ε)" if op == "rms_norm" else "(I − μ) / √(σ² + ε)"
    symbols = f"O[n,i,j,k] = {'γ · ' * (gamma is not None)}{fraction}{' + β' * (beta is not None)}"
    details = {"mean": mean, "variance": variance, "eps": eps, "gamma": 1.0 if gamma is None else gamma,
               "beta": 0.0 if beta is None else beta, "own_statistics": over is not None}  # fmt: skip
    return Arithmetic(position, "sum", (term,), total, shift, details=details, symbols=symbols,
                      figures=f"{g}({short(term.value)}{less}) / {root}{b} = {short(total)}")  # fmt: skip


def _normalized_with(step: Step, tensor: Tensor, index: Index) -> Doubles | None:
    """The values that share their mean and variance with the one at `index`; None where running statistics do."""
    if step.op in ("layer_norm", "rms_norm"):
        return doubles(tensor[index[: tensor.dim() - len(step.attributes["norm_shape"])]])
    if step.op == "group_norm":
        per_group = tensor.shape[1] // step.attributes["norm_groups"]
        first = index[1] // per_group * per_group
        return doubles(tensor[index[0], first : first + per_group])
    if not step.attributes["training"] and _has(step, "running_mean"):
        return None
    return doubles(tensor[index[0], index[1]] if step.op == "instance_norm" else tensor[:, index[1]])


def _has(step: Step, name: str) -> bool:
    return step.call.values.get(name) is not None


def _own(parameter: Any, step: Step, index: Index, channel: int) -> float | None:
    """The scale or shift of this value: one a channel, or one for each place that is normalized."""
    if parameter is None:
        return None
    tensor = tensor_of(parameter)
    return float(tensor[index[-tensor.dim() :]] if step.op in ("layer_norm", "rms_norm") else tensor[channel])


def _response_norm(step: Step, index: Index, position: Position) -> Arithmetic:
    found, tensor = step.attributes, tensor_of(step.call.values["input"])
    size, k = found["size"], index[1]
    first, last = max(k - size // 2, 0), min(k + (size - 1) // 2, tensor.shape[1] - 1)
    near = line_of(tensor, index, 1)[first : last + 1]
    divisor = (found["k"] + found["alpha"] / size * float((near**2).sum())) ** found["beta"]
    term = same_place(step, "input", index, 1.0 / divisor)
    return function_of(position, (term,), term.product, "I / (k + α/size · Σ I² over the near channels)^β")


def _unit_norm(step: Step, index: Index, position: Position) -> Arithmetic:
    found, tensor = step.attributes, tensor_of(step.call.values["input"])
    norms = torch.linalg.vector_norm(tensor.double(), found["p"], found["dim"], keepdim=True)
    norm = max(float(norms[cut(index, norms.shape)]), found["eps"])
    term = same_place(step, "input", index, 1.0 / norm)
    return function_of(position, (term,), term.product, "I / ‖I‖")


def _words(step: Step) -> Iterator[str]:
    over = {
        "batch_norm": "each channel",
        "batch_normalization": "each channel",
        "instance_norm": "each map",
        "group_norm": f"each of {step.attributes.get('norm_groups')} groups of channels",
        "layer_norm": f"the values along the last {counted(len(step.attributes.get('norm_shape', ())), 'dimension')}",
    }.get(step.op)
    if step.op == "normalize":
        found = step.attributes
        yield f"Lists along dimension {found['dim']} are divided by their length, ‖I‖ with p = {found['p']:g}."
        return
    if step.op == "rms_norm":
        last = counted(len(step.attributes["norm_shape"]), "dimension")
        yield f"Each value is divided by the root of the mean square of those along the last {last}: sizes stay even."
        return
    if over is None:
        yield "Each value is divided by a measure of how large its neighbours are."
        return
    yield f"For {over}, the mean is taken away and the rest divided by the standard deviation: sizes stay even."
    if step.op in ("batch_norm", "batch_normalization"):
        own = step.attributes["training"]
        source = "this image's own" if own else "those gathered while training"
        yield f"Mean and deviation are {source}: (I − μ) / √(σ² + ε), with ε = {step.attributes['eps']:g}."
    if step.weight is not None:
        yield "Then a learned scale γ and shift β."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """For each value: where mean and deviation are given, one factor and one summand, all folded into them; else its
    square for the deviation, the division by it, and γ and β.
    """
    del learned
    if called.op in ("local_response_norm", "normalize"):
        return 0
    given = called.op in ("batch_norm", "instance_norm", "batch_normalization") and not _attributes(called)["training"]
    return output.numel() * (1 if given else 2 if called.values.get("weight") is None else 3)


def _back(step: Step) -> Iterator[str]:
    op, operand = step.op, step.call.values["input"]
    if op == "local_response_norm":
        yield (
            "Each value gets its gradient divided by the measure of its neighbours, and a little less for "
            "enlarging theirs."
        )
        return
    if op == "normalize":
        yield (
            "Each list gets its gradient divided by its length, without the part along itself: its length does not "
            "count."
        )
        return
    if not step.attributes.get("training", True) and _has(step, "running_mean"):
        slopes = with_ones(step, operand)
        sizes = "" if slopes is None else f": here from {short(float(slopes.min()))} to {short(float(slopes.max()))}"
        yield (
            f"Mean and deviation are fixed here, so each channel's gradient is only multiplied by γ / √(σ² + ε){sizes}."
        )
    elif op == "rms_norm":
        yield (
            "Each gradient is divided by the root of the mean square, less the part along the values: their size "
            "is evened."
        )
    else:
        group = _normalized_together(step)
        yield (
            "Mean and deviation answer too, because they are made of the values: what all values of a group share "
            "is taken away, and what would only spread them."
        )
        yield f"So what goes back to the {group:,} values of a group adds up to 0, and is divided by their deviation."
    if step.weight is not None:
        yield "γ gets Σ gradient · normalized value, and β, where there is one, the sum of the gradients."


def _normalized_together(step: Step) -> int:
    """How many values share their mean and deviation."""
    shape = shape_of(step.call.values["input"])
    if step.op == "layer_norm":
        return math.prod(step.attributes["norm_shape"])
    if step.op == "group_norm":
        return math.prod(shape[1:]) // int(step.attributes["norm_groups"])
    if step.op == "instance_norm":
        return math.prod(shape[2:])
    channels = shape[-1] if step.op == "batch_normalization" else shape[1]
    return math.prod(shape) // max(channels, 1)


KIND = Kind(
    name="normalization",
    operations={
        "batch_norm": "input running_mean running_var weight bias training momentum eps",
        "instance_norm": "input running_mean running_var weight bias use_input_stats momentum eps",
        "group_norm": "input num_groups weight bias eps",
        "layer_norm": "input normalized_shape weight bias eps",
        "rms_norm": "input normalized_shape weight eps",
        "local_response_norm": "input size alpha beta k",
        "normalize": "input p dim eps",
    },
    ours={"batch_normalization": "input running_mean running_var bias weight eps"},
    aliases={"native_layer_norm": "layer_norm"},
    attributes=_attributes,
    cost=_cost,
    field={
        """
        batch_norm batch_normalization instance_norm group_norm layer_norm rms_norm local_response_norm
        """: mixing.normalized,
        "normalize": mixing.reduced,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
