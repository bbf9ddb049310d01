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
import numpy.typing as npt
import torch
from torch import Tensor, nn

from fivebyfive import __version__, calibration, causes, portable, unexportable, working
from fivebyfive.datasets import load, samples
from fivebyfive.errors import Failure, InputError, meant
from fivebyfive.evaluation import BATCH
from fivebyfive.files import write_atomically
from fivebyfive.model import Model, save
from fivebyfive.model import load as open_model
from fivebyfive.networks import as_input
from fivebyfive.outputs import as_logits
from fivebyfive.text import to_json

Floats = npt.NDArray[np.float32]

FORMATS = ("onnx", "safetensors")
TOLERANCE = 1e-4
"""Probabilities of the exported model and of PyTorch differ by no more."""
BATCHES = (1, 7, 56)
"""Images at a time in the check: an exported model must take any number."""


def export(
    model: Model | str | Path,
    path: str | Path,
    *,
    network: str | nn.Module | None = None,
    half: bool = False,
    calibrated: bool = False,
) -> Path:
    """Write a model for other programs: ONNX, checked against PyTorch on real images, or safetensors.

    Args:
        model: a run folder, a file of weights, a shipped model's name, or a model itself.
        path: the file to write, which must not be there yet; its ending, .onnx or .safetensors, says the format.
        network: FILE.py:NAME of a user's own network, or the network itself, where the model does not bring it.
        half: weights of safetensors in half precision: half the size.
        calibrated: logits of ONNX divided by the temperature that suits the validation images of the model's data.

    Returns:
        The file's path.

    Raises:
        InputError: there is no such model, its weights do not fit, or the file is there already or has another ending.
        Failure: the network cannot be exported, or the exported one answers differently.
    """
    file = Path(path)
    to = file.suffix.lower().removeprefix(".")
    if to not in FORMATS:
        raise InputError(f"{file} says no format; give it the ending .onnx or .safetensors")
    write(model if isinstance(model, Model) else open_model(model, network), to, file, half, calibrated)
    return file


def write(model: Model, to: str, path: Path, half: bool = False, calibrated: bool = False) -> None:
    """Write `model` to `path` as "onnx" or "safetensors", in one move, without the folders of this machine.

    Args:
        half: weights of safetensors in half precision: half the size.
        calibrated: logits of ONNX divided by the temperature that suits the validation images of the model's data.

    Raises:
        InputError: there is a file already, or no such format; or `half` or `calibrated` for the other format; or
            there are no validation images that the model was not trained on.
        Failure: the network cannot be exported, or the exported one answers differently.
    """
    if to not in FORMATS:
        raise InputError(f"format '{to}' is not known{meant(to, FORMATS)}; choose one of {', '.join(FORMATS)}")
    if path.exists():
        raise InputError(f"{path} exists already and is not overwritten; remove it, or give another --out")
    if calibrated and to != "onnx":
        raise InputError("a temperature is for ONNX; leave out --calibrated, or give --to onnx")
    if to == "safetensors":
        save(path, _portable(model), torch.float16 if half else None)
        return
    if half:
        raise InputError("half precision is for safetensors; leave out --half, or give --to safetensors")
    temperature = _temperature(model) if calibrated else 1.0
    with working.at(f"exporting {portable.network_name(model.name)}"):
        write_atomically(path, lambda file: _write_onnx(model, file, temperature))


def _temperature(model: Model) -> float:
    """What fits the validation images of the data that `model` was trained on."""
    data, recipe = model.facts.get("data"), model.facts.get("recipe")
    if not data or not isinstance(recipe, dict) or recipe.get("use_validation"):
        raise InputError(
            f"{model.name} has no validation images that it was not trained on, to calibrate it with; leave out "
            "--calibrated, or train it with --no-use-validation"
        )
    images = load(str(data), model.shape, size=model.shape[:2], fit=model.fit).labelled_as(model.classes).validation
    with torch.inference_mode():
        starts = range(0, len(images), BATCH)
        pieces = [model.probabilities(torch.from_numpy(images.pixels[i : i + BATCH])) for i in starts]
    logits = torch.cat(pieces).double().clamp_min(torch.finfo(torch.float32).tiny).log()
    return calibration.temperature(logits.numpy(), images.labels)


def _portable(model: Model) -> Model:
    data = {"data": portable.data_name(str(model.facts["data"]))} if "data" in model.facts else {}
    return dataclasses.replace(model, name=portable.network_name(model.name), facts=model.facts | data)


class _FromBytes(nn.Module):
    """A model behind its own input: bytes [N, H, W, C] → logits [N, classes], whatever its network ends in."""

    def __init__(self, model: Model, temperature: float) -> None:
        super().__init__()
        self.network, self.outputs, self.temperature = model.network.eval(), model.outputs, temperature

    def forward(self, images: Tensor) -> Tensor:
        logits = as_logits(self.network(as_input(images, self.network)), self.outputs).float()
        return logits if self.temperature == 1.0 else logits / self.temperature


def _write_onnx(model: Model, path: Path, temperature: float) -> None:
    onnx = _onnx()
    program = _exported(model, temperature)
    proto = program.model_proto
    for node in [*proto.graph.node, *(node for function in proto.functions for node in function.node)]:
        del node.metadata_props[:]  # where the code lay on this machine is nobody's business
    onnx.helper.set_model_props(proto, _metadata(model, temperature))
    proto.producer_name, proto.producer_version = "fivebyfive", __version__
    onnx.checker.check_model(proto)
    try:
        data = proto.SerializeToString()
    except ValueError:
        raise Failure(f"{model.name} is too large for an ONNX file, which holds 2 GB; try --to safetensors") from None
    path.write_bytes(data)
    _check(model, path, temperature)


def _onnx() -> Any:
    try:
        import onnx
        import onnxscript  # noqa: F401
    except ImportError:
        raise InputError("exporting to ONNX needs two more packages: pip install onnx onnxscript") from None
    return onnx


def _exported(model: Model, temperature: float) -> Any:
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
                _FromBytes(model, temperature),
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


def _metadata(model: Model, temperature: float) -> dict[str, str]:
    return {
        "network": portable.network_name(model.name),
        "classes": to_json(model.classes),
        "shape": to_json(model.shape),
        "preparation": model.preparation,
        "fit": model.fit,
        "input": "images: uint8 [N, height, width, channels]; digits are light ink on black, as in MNIST",
        "output": "logits: float32 [N, classes]",
        "temperature": f"{temperature:.6g}",
    }


def _check(model: Model, path: Path, temperature: float) -> None:
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
    plain = original.probabilities(images)
    expected = plain if temperature == 1.0 else _cooled(plain, temperature)
    if not np.isfinite(expected).all():
        raise Failure(f"{model.name} gives no number (NaN or infinite) for real images; its weights are damaged")
    for batch in BATCHES:
        got = np.concatenate([exported.probabilities(images[i : i + batch]) for i in range(0, len(images), batch)])
        worst = float(np.abs(got - expected).max())
        if not worst <= TOLERANCE:
            raise Failure(f"the exported {model.name} differs from PyTorch's by {worst:.2g} (batches of {batch})")


def _cooled(probabilities: Floats, temperature: float) -> Floats:
    """What probabilities [N, classes] become when their logits are divided by `temperature`."""
    powers = probabilities.astype(np.float64) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
