"""ONNX models written by hand, one line a node, in ONNX's own notation; each takes pictures [N, 1, 12, 12].

Source of the notation: https://github.com/onnx/onnx/blob/main/docs/Syntax.md
"""

import io
import random
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.parser
import torch
from rich.console import Console
from torch import Tensor, nn

from fivebyfive.explain.trace import Trace
from fivebyfive.views.terminal import show
from sums import expect_true

W = (4, 1, 3, 3)
"""The shape of the weights that most of them begin with."""
BODY = "c = Conv<pads=[1,1,1,1]>(image, w, b)\n"
END = "g = GlobalAveragePool({})\ny = Flatten(g)"


def model(
    text: str, opset: int, weights: Mapping[str, Any], domains: str = "", image: str = "float[N,1,12,12] image"
) -> onnx.ModelProto:
    """The model with these nodes; of weights that are given as a shape the values are drawn."""
    head = f'<ir_version: 8, opset_import: ["" : {opset}{domains}]>'
    made = onnx.parser.parse_model(f"{head} net ({image}) => (float[A] y) {{\n{text}\n}}")
    drawing = np.random.default_rng(len(text))
    for name, value in weights.items():
        drawn = drawing.normal(0, 0.5, value).astype(np.float32) if isinstance(value, tuple) else np.asarray(value)
        made.graph.initializer.append(onnx.numpy_helper.from_array(drawn, name))
    for output in made.graph.output:
        output.type.tensor_type.ClearField("shape")
    return made


def _wb(**more: Any) -> dict[str, Any]:
    return {"w": W, "b": (4,), **more}


def _i(*numbers: int) -> Any:
    return np.array(numbers, np.int64)


def _f(*numbers: float) -> Any:
    return np.array(numbers, np.float32)


Entry = tuple[str, int, dict[str, Any]]
MODELS: dict[str, Entry] = {
    "same_upper": ('y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(image, w, b)', 7, _wb()),
    "same_lower": ('y = Conv<auto_pad="SAME_LOWER", strides=[2,3]>(image, w, b)', 9, _wb()),
    "valid": ('y = Conv<auto_pad="VALID">(image, w)', 22, {"w": (4, 1, 5, 5)}),
    "asymmetric": ("y = Conv<pads=[0,1,2,3], strides=[2,1]>(image, w, b)", 11, _wb()),
    "dilated": ("y = Conv<dilations=[2,3], pads=[2,3,2,3]>(image, w, b)", 13, _wb()),
    "grouped": (f"{BODY}y = Conv<group=2>(c, v)", 17, _wb(v=(6, 2, 3, 3))),
    "depthwise": (f"{BODY}d = Conv<group=4, pads=[1,1,1,1]>(c, v)\ny = Relu(d)", 20, _wb(v=(4, 1, 3, 3))),
    "transposed": ("c = ConvTranspose<strides=[2,2], pads=[1,1,1,1], output_padding=[1,1]>(image, v, b)\n"
                   "y = Relu(c)", 11, {"v": (1, 4, 3, 3), "b": (4,)}),
    "transposed_shape": ("y = ConvTranspose<strides=[3,2], output_shape=[36,25]>(image, v, b)", 11,
                         {"v": (1, 2, 3, 3), "b": (2,)}),
    "transposed_same": ('y = ConvTranspose<auto_pad="SAME_UPPER", strides=[2,2]>(image, v)', 22, {"v": (1, 2, 3, 3)}),
    "transposed_groups": (f"{BODY}y = ConvTranspose<group=2, dilations=[2,2]>(c, v)", 13, _wb(v=(4, 3, 3, 3))),
    "max_pool_ceil": (f"{BODY}y = MaxPool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1>(c)", 12, _wb()),
    "max_pool_same": (f'{BODY}y = MaxPool<kernel_shape=[3,2], strides=[2,2], auto_pad="SAME_UPPER">(c)', 8, _wb()),
    "max_pool_dilated": (f"{BODY}y = MaxPool<kernel_shape=[2,2], dilations=[2,2], pads=[0,1,1,0]>(c)", 22, _wb()),
    "max_unpool": (f"{BODY}m, i = MaxPool<kernel_shape=[2,2], strides=[2,2]>(c)\n"
                   "y = MaxUnpool<kernel_shape=[2,2], strides=[2,2]>(m, i)", 11, _wb()),
    "average_padded": (f"{BODY}y = AveragePool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]>(c)", 7, _wb()),
    "average_counted": (f"{BODY}y = AveragePool<kernel_shape=[3,3], pads=[0,0,1,1], count_include_pad=1>(c)", 11,
                        _wb()),
    "average_ceil": (f"{BODY}y = AveragePool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1>(c)", 19, _wb()),
    "lp_pools": (f"{BODY}l = LpPool<kernel_shape=[2,2], p=2>(c)\ng = GlobalLpPool<p=1>(l)\ny = Flatten(g)", 18, _wb()),
    "global_pools": (f"{BODY}a = GlobalAveragePool(c)\nm = GlobalMaxPool(c)\ny = Concat<axis=1>(a, m)", 9, _wb()),
    "batch_norm": (f"{BODY}n = BatchNormalization<epsilon=0.01>(c, s, t, m, v)\ny = LeakyRelu<alpha=0.1>(n)", 9,
                   _wb(s=(4,), t=(4,), m=(4,), v=_f(1, 2, 0.5, 3))),
    "batch_norm_15": (f"{BODY}y = BatchNormalization(c, s, t, m, v)", 15,
                      _wb(s=(4,), t=(4,), m=(4,), v=_f(1, 2, 0.5, 3))),
    "instance_norm": (f"{BODY}y = InstanceNormalization(c, s, t)", 9, _wb(s=(4,), t=(4,))),
    "layer_norm": (f"{BODY}y = LayerNormalization<axis=-1>(c, s, t)", 17, _wb(s=(12,), t=(12,))),
    "group_norm": (f"{BODY}y = GroupNormalization<num_groups=2>(c, s, t)", 21, _wb(s=(4,), t=(4,))),
    "group_norm_18": (f"{BODY}y = GroupNormalization<num_groups=2>(c, s, t)", 18, _wb(s=(2,), t=(2,))),
    "rms_norm": (f"{BODY}y = RMSNormalization<axis=-1>(c, s)", 23, _wb(s=(12,))),
    "lrn": (f"{BODY}y = LRN<size=3, alpha=0.1, beta=0.6, bias=2.0>(c)", 13, _wb()),
    "lp_norm": (f"{BODY}y = LpNormalization<axis=1, p=2>(c)", 9, _wb()),
    "mean_variance": (f"{BODY}y = MeanVarianceNormalization<axes=[2,3]>(c)", 13, _wb()),
    "softmax_9": (f"{BODY}y = Softmax<axis=1>(c)", 9, _wb()),
    "softmax_13": (f"{BODY}s = Softmax(c)\nl = LogSoftmax<axis=1>(c)\ny = Add(s, l)", 13, _wb()),
    "activations": (f"{BODY}a = Elu<alpha=0.7>(c)\nd = Selu(a)\ne = HardSigmoid<alpha=0.3>(d)\nf = Softplus(c)\n"
                    "h = Softsign(f)\ni = PRelu(c, p)\nj = Sum(e, h, i)\nk = ThresholdedRelu<alpha=0.2>(j)\n"
                    "y = Max(k, a)", 10, _wb(p=(4, 1, 1))),
    "activations_20": (f"{BODY}a = Gelu(c)\nd = Gelu<approximate=\"tanh\">(a)\ne = HardSwish(d)\nf = Mish(e)\n"
                       "h = Celu<alpha=0.5>(f)\ny = Shrink<bias=0.1, lambd=0.2>(h)", 20, _wb()),
    "arithmetic": (f"{BODY}a = Abs(c)\nd = Sqrt(a)\ne = Exp(d)\nf = Sub(e, c)\nh = Div(f, e)\ni = Pow(h, two)\n"
                   "j = Neg(i)\nk = Min(j, c)\nl = Clip<min=-0.5, max=0.25>(k)\ny = Mul(l, e)", 7, _wb(two=_f(2))),
    "logic": (f"{BODY}z = Greater(c, k)\nl = Less(c, h)\nn = Not(l)\no = Or(z, n)\ny = Where(o, c, k)", 13,
              _wb(k=_f(0), h=_f(-0.1))),
    "clip_11": (f"{BODY}y = Clip(c, lo, hi)", 11, _wb(lo=np.float32(-0.2), hi=np.float32(0.3))),
    "reduce_11": (f"{BODY}a = ReduceSum<axes=[2], keepdims=1>(c)\nd = ReduceMax<axes=[3]>(c)\n"
                  "y = MatMul(d, a)", 11, _wb()),
    "reduce_18": (f"{BODY}a = ReduceMean(c, ax)\nd = ReduceL2<keepdims=0>(c, ax)\ne = ReduceLogSumExp(c, ax)\n"
                  "f = Add(a, e)\nh = Squeeze(f, ax)\ny = Add(h, d)", 18, _wb(ax=_i(2, 3))),
    "upsample_9": (f"{BODY}y = Upsample<mode=\"linear\">(c, s)", 9, _wb(s=_f(1, 1, 2, 2))),
    "resize_10": (f"{BODY}y = Resize<mode=\"nearest\">(c, s)", 10, _wb(s=_f(1, 1, 2, 3))),
    "resize_linear": (f"{BODY}y = Resize<mode=\"linear\">(c, , s)", 13, _wb(s=_f(1, 1, 1.5, 0.5))),
    "resize_corners": (f'{BODY}y = Resize<mode="linear", coordinate_transformation_mode="align_corners">(c, , , z)', 13,
                       _wb(z=_i(1, 4, 20, 7))),
    "resize_cubic": (f'{BODY}y = Resize<mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1>(c, , s)', 13,
                     _wb(s=_f(1, 1, 1.5, 2))),
    "resize_ceil": (f'{BODY}y = Resize<mode="nearest", nearest_mode="ceil", '
                    'coordinate_transformation_mode="asymmetric">(c, , s)', 13, _wb(s=_f(1, 1, 1.5, 2))),
    "resize_axes": (f'{BODY}y = Resize<mode="linear", axes=[3,2], antialias=1>(c, , , z)', 18, _wb(z=_i(5, 7))),
    "pad_2": (f'{BODY}y = Pad<mode="reflect", pads=[0,0,1,2,0,0,3,0]>(c)', 2, _wb()),
    "pad_11": (f"{BODY}y = Pad(c, p, v)", 11, _wb(p=_i(0, 0, 1, 0, 0, 1, -2, 3), v=np.float32(0.5))),
    "pad_19": (f'{BODY}e = Pad<mode="edge">(c, p, , ax)\ny = Pad<mode="wrap">(e, p, , ax)', 19,
               _wb(p=_i(1, 2, 2, 1), ax=_i(2, 3))),
    "slice_9": (f"{BODY}y = Slice<starts=[1,2], ends=[3,-1], axes=[1,2]>(c)", 9, _wb()),
    "slice_10": (f"{BODY}y = Slice(c, st, en, ax, sp)", 13, _wb(st=_i(-1, 1), en=_i(-100, 100), ax=_i(2, 3),
                                                                 sp=_i(-2, 3))),
    "split_11": (f"{BODY}p, q, r = Split<axis=2, split=[3,4,5]>(c)\ny = Concat<axis=2>(r, p)", 11, _wb()),
    "split_18": (f"{BODY}p, q = Split<axis=1, num_outputs=2>(c)\ny = Mul(p, q)", 18, _wb()),
    "gather": (f"{BODY}a = Gather<axis=1>(c, i)\nd = Gather<axis=2>(a, k)\ny = GatherND<batch_dims=1>(d, n)", 13,
               _wb(i=_i(3, 0, -1), k=np.int64(4), n=np.array([[[1], [2]]], np.int64))),
    "scatter": (f"{BODY}y = ScatterElements<axis=1>(c, i, v)", 16,
                _wb(i=np.array([[[[1]], [[0]]]], np.int64), v=np.array([[[[5.0]], [[6.0]]]], np.float32))),
    "depth_to_space": (f'{BODY}a = DepthToSpace<blocksize=2, mode="DCR">(c)\nd = SpaceToDepth<blocksize=3>(a)\n'
                       "y = Transpose<perm=[0,2,3,1]>(d)", 13, _wb()),
    "shapes": (f"{BODY}s = Shape(c)\nn = Gather(s, zero)\nn1 = Unsqueeze<axes=[0]>(n)\nm = Concat<axis=0>(n1, rest)\n"
               "r = Reshape(c, m)\ny = Gemm<transB=1>(r, v, k)", 11,
               _wb(zero=np.int64(0), rest=_i(-1), v=(10, 576), k=(10,))),
    "gemm": ("f = Flatten(image)\na = Gemm<alpha=0.5, beta=2.0>(f, v, k)\nr = Relu(a)\ny = Gemm(r, u, k2)", 9,
             {"v": (144, 16), "k": (16,), "u": (16, 5), "k2": (1,)}),
    "einsum": (f'{BODY}y = Einsum<equation="nchw,cd->ndhw">(c, v)', 12, _wb(v=(4, 3))),
    "top_k": (f"{BODY}f = Flatten(c)\nt, i = TopK<axis=-1>(f, k)\nj = Cast<to=1>(i)\ny = Add(t, j)", 11, _wb(k=_i(5))),
    "cum_sum": (f"{BODY}y = CumSum<reverse=1, exclusive=1>(c, ax)", 14, _wb(ax=np.int64(3))),
    "expand_tile": (f"{BODY}e = Expand(k, s)\nt = Tile(c, r)\ny = Add(t, e)", 13,
                    _wb(k=(4, 1, 1), s=_i(1, 4, 12, 24), r=_i(1, 1, 1, 2))),
    "one_hot": (f"{BODY}a = ArgMax<axis=1, keepdims=0>(c)\no = OneHot<axis=1>(a, d, v)\ny = Mul(c, o)", 13,
                _wb(d=np.int64(4), v=_f(0, 1))),
    "lstm": ("s = Squeeze(image, one)\nt = Transpose<perm=[1,0,2]>(s)\n"
             'o, h, k = LSTM<hidden_size=5, direction="bidirectional">(t, W, R, B)\ny = Identity(h)', 14,
             {"one": _i(1), "W": (2, 20, 12), "R": (2, 20, 5), "B": (2, 40)}),
    "gru": ("s = Squeeze(image, one)\nt = Transpose<perm=[1,0,2]>(s)\n"
            "o, h = GRU<hidden_size=5, linear_before_reset=1>(t, W, R, B)\n"
            "y = Flatten(h)", 14, {"one": _i(1), "W": (1, 15, 12), "R": (1, 15, 5), "B": (1, 30)}),
    "rnn": ("s = Squeeze(image, one)\nt = Transpose<perm=[1,0,2]>(s)\n"
            'o = RNN<hidden_size=4, direction="reverse">(t, W, R)\ny = ReduceMean<axes=[0,1]>(o)', 13,
            {"one": _i(1), "W": (1, 4, 12), "R": (1, 4, 4)}),
    "lstm_peepholes": ("s = Squeeze(image, one)\nt = Transpose<perm=[1,0,2]>(s)\n"
                       "o, h = LSTM<hidden_size=3, clip=0.8>(t, W, R, B, , , , P)\ny = Flatten(h)", 14,
                       {"one": _i(1), "W": (1, 12, 12), "R": (1, 12, 3), "B": (1, 24), "P": (1, 9)}),
    "attention": ("s = Squeeze(image, one)\nq = MatMul(s, wq)\nk = MatMul(s, wk)\nv = MatMul(s, wv)\n"
                  "a = Attention<q_num_heads=2, kv_num_heads=2>(q, k, v)\ny = ReduceMean(a, one)", 23,
                  {"one": _i(1), "wq": (12, 8), "wk": (12, 8), "wv": (12, 8)}),
    "attention_by_hand": ("s = Squeeze(image, one)\nq = MatMul(s, wq)\nk = MatMul(s, wk)\nv = MatMul(s, wv)\n"
                          "t = Transpose<perm=[0,2,1]>(k)\np = MatMul(q, t)\nd = Div(p, root)\nz = Softmax(d)\n"
                          "y = MatMul(z, v)", 17,
                          {"one": _i(1), "wq": (12, 8), "wk": (12, 8), "wv": (12, 8), "root": np.float32(8**0.5)}),
    "quantized_around": (f"{BODY}q = QuantizeLinear(c, s, z)\nd = DequantizeLinear(q, s, z)\ny = Relu(d)", 13,
                         _wb(s=np.float32(0.05), z=np.int8(3))),
    "quantized_dynamic": ("f = Flatten(image)\nq, s, z = DynamicQuantizeLinear(f)\nm = MatMulInteger(q, v, z)\n"
                          "c = Cast<to=1>(m)\nd = Mul(c, s)\ny = Mul(d, t)", 13,
                          {"v": np.random.default_rng(1).integers(-90, 90, (144, 6)).astype(np.int8),
                           "t": np.float32(0.01)}),
    "grid_sample": ("a = GridSample<align_corners=1>(image, grid)\ny = Relu(a)", 16,
                    {"grid": np.random.default_rng(2).uniform(-1, 1, (1, 5, 6, 2)).astype(np.float32)}),
    "if_by_value": (f"{BODY}m = ReduceMean<keepdims=0>(c)\nt = Greater(m, zero)\ny = If (t) <\n"
                    "then_branch = g1 () => (float[A] u) { u = Relu(c) },\n"
                    "else_branch = g2 () => (float[A] v) { n = Neg(c)\nv = Sigmoid(n) }>", 13, _wb(zero=np.float32(0))),
    "if_constant": (f"{BODY}y = If (t) <\nthen_branch = g1 () => (float[A] u) {{ u = Relu(c) }},\n"
                    "else_branch = g2 () => (float[A] v) { v = Sigmoid(c) }>", 13, _wb(t=np.array(True))),
    "loop": (f"{BODY}y = Loop (three, go, c) <body = g1 (int64 i, bool k, float[A] x) => (bool k2, float[A] z) "
             "{ k2 = Identity(k)\nz = Mul(x, half) }>", 13,
             _wb(three=np.int64(3), go=np.array(True), half=np.float32(0.5))),
    "scan": ("s = Squeeze(image, one)\nt = Transpose<perm=[1,0,2]>(s)\n"
             "f, y = Scan <num_scan_inputs=1, body = g1 (float[A,B] h, float[A,B] x) => (float[A,B] h2, float[A,B] o) "
             "{ h2 = Add(h, x)\no = Tanh(h2) }> (start, t)", 13,
             {"one": _i(1), "start": np.zeros((1, 12), np.float32)}),
    "dropout": (f"{BODY}d = Dropout<ratio=0.4>(c)\ny = Identity(d)", 10, _wb()),
    "non_zero": (f"{BODY}r = Relu(c)\nz = NonZero(r)\nf = Cast<to=1>(z)\ny = ReduceMean<axes=[1]>(f)", 13, _wb()),
    "hard_max": (f"{BODY}h = Hardmax<axis=1>(c)\nm = Mod<fmod=1>(c, k)\ny = Mul(h, m)", 13, _wb(k=_f(0.3))),
}  # fmt: skip


def made(name: str) -> onnx.ModelProto:
    """The model of that name."""
    text, opset, weights = MODELS[name]
    return model(text, opset, weights)


def exported(network: nn.Module, image: Tensor, dynamo: bool) -> onnx.ModelProto:
    """The network as PyTorch's exporter writes it, the new one or the old one."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "network.onnx"
        torch.onnx.export(network, (image,), path, dynamo=dynamo, external_data=False, verbose=False)
        return onnx.load(path)


def expect_explained(trace: Trace, places: int = 2, within: bool = False) -> None:
    """ONNX Runtime agrees, the sums are true at random places, and the page and the terminal show it."""
    found = trace.agreement
    assert found is not None
    assert not found.unasked
    assert 0 < found.compared <= found.values
    assert found.compared == found.values or within
    assert found.worst <= 1e-4, found
    rng = random.Random(0)
    for step in trace.steps:
        if step.output.numel():
            height, width, channels = step.size
            at = [(rng.randrange(height), rng.randrange(width), rng.randrange(channels)) for _ in range(places)]
            expect_true(step, at)
    assert all(step.source for step in trace.steps)
    assert not [note for note in trace.notes if "could not be run here" in note or "is not known here" in note]
    show(trace, Console(file=io.StringIO(), width=100))
    with tempfile.TemporaryDirectory() as folder:
        trace.to_html(Path(folder) / "page.html")
