"""A model for other programs: an ONNX file, checked against PyTorch on real images, or a safetensors file.

The ONNX file takes pictures as bytes, [N, height, width, channels], any number at a time, and gives logits; what it
needs to be used — class names, picture size, preparation — is in its metadata.
"""

import dataclasses
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fivebyfive import __version__, causes, portable, unexportable
from fivebyfive.datasets import samples
from fivebyfive.errors import Failure, InputError
from fivebyfive.files import write_atomically
from fivebyfive.model import Model, save
from fivebyfive.networks import as_input
from fivebyfive.outputs import as_logits
from fivebyfive.text import to_json

FORMATS = ("onnx", "safetensors")
TOLERANCE = 1e-4
"""Probabilities of the exported model and of PyTorch differ by no more."""
BATCHES = (1, 7, 56)
"""Images at a time in the check: an exported model must take any number."""


def export(model: Model, to: str, path: Path, half: bool = False) -> None:
    """Write `model` to `path` as "onnx" or "safetensors", in one move, without the folders of this machine.

    Args:
        half: weights of safetensors in half precision: half the size.

    Raises:
        InputError: there is a file already, or no such format; or `half` for another format than safetensors.
        Failure: the network cannot be exported, or the exported one answers differently.
    """
    if to not in FORMATS:
        raise InputError(f"format '{to}' is not known; choose one of {', '.join(FORMATS)}")
    if path.exists():
        raise InputError(f"{path} exists already and is not overwritten; remove it, or give another --out")
    if to == "safetensors":
        save(path, _portable(model), torch.float16 if half else None)
        return
    if half:
        raise InputError("half precision is for safetensors; leave out --half, or give --to safetensors")
    write_atomically(path, lambda file: _write_onnx(model, file))


def _portable(model: Model) -> Model:
    data = {"data": portable.data_name(str(model.facts["data"]))} if "data" in model.facts else {}
    return dataclasses.replace(model, name=portable.network_name(model.name), facts=model.facts | data)


class _FromBytes(nn.Module):
    """A model behind its own input: bytes [N, H, W, C] → logits [N, classes], whatever its network ends in."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.network, self.outputs = model.network.eval(), model.outputs

    def forward(self, images: Tensor) -> Tensor:
        return as_logits(self.network(as_input(images, self.network)), self.outputs).float()


def _write_onnx(model: Model, path: Path) -> None:
    onnx = _onnx()
    program = _exported(model)
    proto = program.model_proto
    for node in [*proto.graph.node, *(node for function in proto.functions for node in function.node)]:
        del node.metadata_props[:]  # where the code lay on this machine is nobody's business
    onnx.helper.set_model_props(proto, _metadata(model))
    proto.producer_name, proto.producer_version = "fivebyfive", __version__
    onnx.checker.check_model(proto)
    try:
        data = proto.SerializeToString()
    except ValueError:
        raise Failure(f"{model.name} is too large for an ONNX file, which holds 2 GB; try --to safetensors") from None
    path.write_bytes(data)
    _check(model, path)


def _onnx() -> Any:
    try:
        import onnx
        import onnxscript  # noqa: F401
    except ImportError:
        raise InputError("exporting to ONNX needs two more packages: pip install onnx onnxscript") from None
    return onnx


def _exported(model: Model) -> Any:
    scripted = next((n for n, m in model.network.named_modules() if isinstance(m, torch.jit.ScriptModule)), None)
    if scripted is not None:
        raise Failure(
            f"{model.name} cannot be exported to ONNX: its {scripted or 'whole'} is scripted by torch.jit.script, "
            "which PyTorch's exporter does not take; leave that out, or try --to safetensors"
        )
    example = torch.zeros((2, *model.shape), dtype=torch.uint8)
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), torch.no_grad(), causes.unseen():  # when it fails, whole graphs
            warnings.simplefilter("ignore")
            return torch.onnx.export(
                _FromBytes(model),
                (example,),
                input_names=["images"],
                output_names=["logits"],
                dynamic_shapes=({0: torch.export.Dim("images", min=1)},),
                dynamo=True,
                verbose=False,
            )
    except Exception as problem:  # the exporter meets the user's own code, which may raise anything
        raise Failure(f"{model.name} cannot be exported to ONNX: {unexportable.why(problem)}") from None
    finally:
        logging.disable(before)


def _metadata(model: Model) -> dict[str, str]:
    return {
        "network": portable.network_name(model.name),
        "classes": to_json(model.classes),
        "shape": to_json(model.shape),
        "preparation": model.preparation,
        "input": "images: uint8 [N, height, width, channels]; digits are light ink on black, as in MNIST",
        "output": "logits: float32 [N, classes]",
    }


def _check(model: Model, path: Path) -> None:
    from fivebyfive.prediction.onnx_engine import OnnxEngine
    from fivebyfive.prediction.torch_engine import TorchEngine

    try:
        exported, original = OnnxEngine(path), TorchEngine(model)
    except InputError as error:
        if "invalid dimensions" not in str(error):
            raise
        raise Failure(
            f"{model.name} cannot be exported to ONNX: its code fixes how many pictures come at a time (as len(x) "
            "does); write x.shape[0], or try --to safetensors"
        ) from None
    images = samples(model.shape, 112)
    expected = original.probabilities(images)
    if not np.isfinite(expected).all():
        raise Failure(f"{model.name} gives no number (NaN or infinite) for real images; its weights are damaged")
    for batch in BATCHES:
        got = np.concatenate([exported.probabilities(images[i : i + batch]) for i in range(0, len(images), batch)])
        worst = float(np.abs(got - expected).max())
        if not worst <= TOLERANCE:
            raise Failure(f"the exported {model.name} differs from PyTorch's by {worst:.2g} (batches of {batch})")
