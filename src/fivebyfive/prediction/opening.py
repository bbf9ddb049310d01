"""Which engine a model is asked by: ONNX Runtime where the model was exported, else PyTorch."""

from importlib import resources
from pathlib import Path

from fivebyfive import needs
from fivebyfive.errors import InputError
from fivebyfive.pictures.reading import reader
from fivebyfive.prediction.engine import Engine
from fivebyfive.prediction.reader_engine import ReaderEngine

READER = "reader"
"""The shipped model that reads pictures when none is named."""
SHIPPED = Path(str(resources.files("fivebyfive") / "models"))


def open_engine(model: str | Path | None = None, network: str | None = None) -> Engine:
    """The model in a run folder, a .safetensors or .onnx file, or shipped under that name; None: the shipped reader.

    Args:
        network: FILE.py:NAME of the network's code, for a user's own.

    Raises:
        InputError: there is no such model, or it is damaged; or it takes PyTorch, which is not installed.
    """
    if network is None:
        path = _onnx_file(model)
        if path == reader.READER:
            return ReaderEngine()
        if path is not None:
            from fivebyfive.prediction.guarded import GuardedEngine

            return GuardedEngine(path)
    with needs.told():
        from fivebyfive.model import load
        from fivebyfive.prediction.torch_engine import TorchEngine

    return TorchEngine(load(model, network))


def _onnx_file(model: str | Path | None) -> Path | None:
    """The ONNX file that `model` means, if it means one."""
    if model is None or (Path(model).name == str(model) and not Path(model).exists()):
        shipped = SHIPPED / f"{model or READER}.onnx"
        return shipped if shipped.is_file() else None
    if Path(model).suffix.lower() != ".onnx":
        return None
    if not Path(model).is_file():
        raise InputError(f"model {model} does not exist; give a run folder, a model file or a shipped name")
    return Path(model)
