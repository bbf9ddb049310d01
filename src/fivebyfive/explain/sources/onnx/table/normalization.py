"""Values brought to a mean of 0 and a spread of 1, over batches, maps, groups or lists."""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type


def _batch(op: Op) -> Run:
    epsilon = float(op.get("epsilon", 1e-5))
    if op.get("training_mode", 0):
        return _batch_in_training(op, epsilon)

    def run(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> Any:
        if x.dim() == 1:
            return (x - mean) / torch.sqrt(variance + epsilon) * scale + bias
        wide = x.dtype if x.dtype != torch.float16 else scale.dtype
        made = F.batch_norm(as_type(x, wide), mean, variance, scale, bias, False, 0.0, epsilon)
        return as_type(made, x.dtype)

    return run


def _batch_in_training(op: Op, epsilon: float) -> Run:
    kept = float(op.get("momentum", 0.9))

    def run(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> Any:
        dims = [d for d in range(x.dim()) if d != 1]
        now, spread = x.mean(dims), x.var(dims, unbiased=False)
        made = F.batch_norm(x, now, spread, scale, bias, False, 0.0, epsilon)
        return made, mean * kept + now * (1 - kept), variance * kept + spread * (1 - kept)

    return run


def _instance(op: Op) -> Run:
    epsilon = float(op.get("epsilon", 1e-5))
    return lambda x, scale, bias: F.instance_norm(x, weight=scale, bias=bias, eps=epsilon)


def _tail(x: Tensor, axis: int) -> list[int]:
    return list(x.shape[axis:]) if axis < 0 else list(x.shape[axis - x.dim() :])


def _layer(op: Op) -> Run:
    axis, epsilon = int(op.get("axis", -1)), float(op.get("epsilon", 1e-5))

    def run(x: Tensor, scale: Tensor | None = None, bias: Tensor | None = None) -> Any:
        shape = _tail(x, axis)
        fits = all(w is None or list(w.shape) == shape for w in (scale, bias))
        if fits:
            made = F.layer_norm(x, shape, scale, bias, epsilon)
        else:
            made = F.layer_norm(x, shape, None, None, epsilon)
            made = made if scale is None else made * scale
            made = made if bias is None else made + bias
        if not op.wants(1) and not op.wants(2):
            return made
        dims = list(range(x.dim() - len(shape), x.dim()))
        spread = x.var(dims, unbiased=False, keepdim=True)
        return made, x.mean(dims, keepdim=True), 1 / torch.sqrt(spread + epsilon)

    return run


def _root_mean_square(op: Op) -> Run:
    axis, epsilon = int(op.get("axis", -1)), float(op.get("epsilon", 1e-5))

    def run(x: Tensor, scale: Tensor) -> Any:
        shape = _tail(x, axis)
        if list(scale.shape) == shape:
            return F.rms_norm(x, shape, scale, epsilon)
        return F.rms_norm(x, shape, None, epsilon) * scale

    return run


def _group(op: Op) -> Run:
    epsilon, groups = float(op.get("epsilon", 1e-5)), int(op.get("num_groups"))
    if op.version < 21:  # a weight for each group
        channels = _channels_of_groups(op, groups)
        if channels is None:
            return lambda x, scale, bias: _by_group(x, groups, scale, bias, epsilon)
    return lambda x, scale, bias: F.group_norm(x, groups, scale, bias, epsilon)


def _channels_of_groups(op: Op, groups: int) -> int | None:
    """A model of older opsets may have as many weights as groups."""
    scale = op.constant(1)
    return None if scale is None or scale.numel() == groups else scale.numel()


def _by_group(x: Tensor, groups: int, scale: Tensor, bias: Tensor, epsilon: float) -> Tensor:
    made = F.group_norm(x, groups, None, None, epsilon)
    many = x.shape[1] // groups
    shape = [-1, *[1] * (x.dim() - 2)]
    return made * scale.repeat_interleave(many).reshape(shape) + bias.repeat_interleave(many).reshape(shape)


def _local_response(op: Op) -> Run:
    size, k = int(op.get("size")), float(op.get("bias", 1.0))
    alpha, beta = float(op.get("alpha", 0.0001)), float(op.get("beta", 0.75))

    def run(x: Tensor) -> Any:
        if size % 2:
            return F.local_response_norm(x, size, alpha, beta, k)
        return F.local_response_norm(x.flip(1), size, alpha, beta, k).flip(1)  # the longer side is behind

    return run


def _lp(op: Op) -> Run:
    return lambda x: F.normalize(x, float(op.get("p", 2)), int(op.get("axis", -1)))


def _mean_variance(op: Op) -> Run:
    axes: Sequence[int] = op.get("axes") or [0, 2, 3]

    def run(x: Tensor) -> Any:
        dims = [int(d) for d in axes]
        apart = x - x.mean(dims, keepdim=True)
        return apart / (torch.sqrt((apart * apart).mean(dims, keepdim=True)) + 1e-9)

    return run


def _loss(op: Op) -> Run:
    """The loss of a classifier, with its logarithms of probabilities where they are wanted."""
    how, skipped = str(op.get("reduction", "mean")), op.get("ignore_index")
    first = op.name == "SoftmaxCrossEntropyLoss"

    def run(x: Tensor, target: Tensor, weight: Tensor | None = None) -> Any:
        logs = F.log_softmax(x, 1) if first else x
        target = target.to(torch.int64)
        left = -100 if skipped is None else int(skipped)
        made = F.nll_loss(logs, target, weight, ignore_index=left, reduction=how)
        if how == "mean" and math.isnan(float(made)) and not bool(torch.isnan(logs).any()):
            made = torch.zeros_like(made)
        return (made, logs) if first and op.wants(1) else made

    return run


TABLE: dict[str, Maker] = {
    "BatchNormalization": _batch, "InstanceNormalization": _instance, "LayerNormalization": _layer,
    "RMSNormalization": _root_mean_square, "GroupNormalization": _group, "LRN": _local_response,
    "LpNormalization": _lp, "MeanVarianceNormalization": _mean_variance, "NegativeLogLikelihoodLoss": _loss,
    "SoftmaxCrossEntropyLoss": _loss,
}  # fmt: skip
