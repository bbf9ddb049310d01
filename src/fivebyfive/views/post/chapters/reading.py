"""Further reading: primary sources for the kinds that the network has, and the pages of the operations it calls."""

from fivebyfive import ops
from fivebyfive.explain.kind import names
from fivebyfive.views.post.article import Bullets, Link, Section, Words
from fivebyfive.views.post.subject import Subject

_PAPERS: dict[str, tuple[tuple[str, str], ...]] = {
    "convolution": (
        ("Stanford CS231n: convolutional networks, with the convolution as a demonstration",
         "https://cs231n.github.io/convolutional-networks/"),
        ("LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition (1998)",
         "https://doi.org/10.1109/5.726791"),
        ("Dumoulin, Visin: A guide to convolution arithmetic for deep learning (2016)",
         "https://arxiv.org/abs/1603.07285"),
    ),
    "activation": (("Glorot, Bordes, Bengio: Deep sparse rectifier neural networks (2011)",
                    "https://proceedings.mlr.press/v15/glorot11a.html"),),
    "dropout": (("Srivastava et al.: Dropout, a simple way to prevent neural networks from overfitting (2014)",
                 "https://jmlr.org/papers/v15/srivastava14a.html"),),
    "attention": (("Vaswani et al.: Attention is all you need (2017)", "https://arxiv.org/abs/1706.03762"),),
}  # fmt: skip
_OF_OPERATIONS: dict[str, tuple[str, str]] = {
    "batch_norm": ("Ioffe, Szegedy: Batch normalization (2015)", "https://arxiv.org/abs/1502.03167"),
    "layer_norm": ("Ba, Kiros, Hinton: Layer normalization (2016)", "https://arxiv.org/abs/1607.06450"),
    "group_norm": ("Wu, He: Group normalization (2018)", "https://arxiv.org/abs/1803.08494"),
    "instance_norm": ("Ulyanov, Vedaldi, Lempitsky: Instance normalization (2016)", "https://arxiv.org/abs/1607.08022"),
    "lstm": ("Gers, Schmidhuber, Cummins: Learning to forget, continual prediction with LSTM (2000)",
             "https://doi.org/10.1162/089976600300015015"),
    "gru": ("Cho et al.: Learning phrase representations using RNN encoder–decoder (2014)",
            "https://arxiv.org/abs/1406.1078"),
    "gelu": ("Hendrycks, Gimpel: Gaussian error linear units (2016)", "https://arxiv.org/abs/1606.08415"),
    "conv_transpose2d": ("Zeiler et al.: Deconvolutional networks (2010)", "https://doi.org/10.1109/CVPR.2010.5539957"),
}  # fmt: skip
_FUNCTIONAL = names(
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d max_pool2d max_pool3d "
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool2d lp_pool2d linear "
    "dropout dropout2d relu leaky_relu gelu silu elu selu hardswish hardtanh mish sigmoid tanh prelu relu6 softmax "
    "log_softmax batch_norm layer_norm group_norm instance_norm interpolate pad scaled_dot_product_attention embedding"
)
_MODULES = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "multi_head_attention_forward": "MultiheadAttention",
            "prelu": "PReLU"}  # fmt: skip
_TENSOR = names("flatten reshape permute transpose cat stack chunk split matmul add mul squeeze unsqueeze mean sum")
_TENSORFLOW = {
    "conv2d": "nn/conv2d", "bias_add": "nn/bias_add", "relu": "nn/relu", "max_pool": "nn/max_pool", "avg_pool":
    "nn/avg_pool", "dropout": "nn/dropout", "matmul": "linalg/matmul", "reshape": "reshape", "add": "math/add",
    "conv2d_transpose": "nn/conv2d_transpose", "batch_normalization": "nn/batch_normalization", "softmax": "nn/softmax",
    "max_pool2d": "nn/max_pool2d", "depthwise_conv2d": "nn/depthwise_conv2d",
}  # fmt: skip
POST = "https://www.jessicayung.com/explaining-tensorflow-code-for-a-convolutional-neural-network/"


def section(subject: Subject) -> Section:
    """Papers first, then the page of each operation that is called here."""
    steps = subject.trace.steps
    kinds, operations = (
        list(dict.fromkeys(found)) for found in ((s.kind for s in steps), (s.op.rstrip("_") for s in steps))
    )
    papers = [paper for kind in kinds for paper in _PAPERS.get(kind, ())]
    papers += [_OF_OPERATIONS[op] for op in operations if op in _OF_OPERATIONS]
    if any(step.kind == "joining" and step.op.rstrip("_") == "add" for step in steps):
        papers.append(
            (
                "He, Zhang, Ren, Sun: Deep residual learning for image recognition (2015)",
                "https://arxiv.org/abs/1512.03385",
            )
        )
    if any(step.op in ("cat", "concat") for step in steps) and "convolution" in kinds:
        papers.append(
            (
                "Ronneberger, Fischer, Brox: U-Net, convolutional networks for biomedical image segmentation (2015)",
                "https://arxiv.org/abs/1505.04597",
            )
        )
    papers.append(
        ("Jessica Yung: Explaining TensorFlow code for a convolutional neural network, whose order this follows", POST)
    )
    found = [(Link(text, url),) for text, url in papers]
    pages: list[Words] = [(Link(name, url),) for op in operations for name, url in _page(subject, op)]
    return Section("Further reading", 2, (Bullets((*found, *pages)),))


def _page(subject: Subject, op: str) -> list[tuple[str, str]]:
    ours = any(s.op == op and getattr(s.call.function, "__module__", "") == ops.__name__ for s in subject.trace.steps)
    if ours and op in _TENSORFLOW:
        page = _TENSORFLOW[op]
        return [(f"tf.{page.replace('/', '.')}", f"https://www.tensorflow.org/api_docs/python/tf/{page}")]
    stable = "https://docs.pytorch.org/docs/stable/generated/torch"
    if op in _MODULES:
        return [(f"torch.nn.{_MODULES[op]}", f"{stable}.nn.{_MODULES[op]}.html")]
    if op in _FUNCTIONAL:
        return [(f"torch.nn.functional.{op}", f"{stable}.nn.functional.{op}.html")]
    return [(f"torch.{op}", f"{stable}.{op}.html")] if op in _TENSOR else []
