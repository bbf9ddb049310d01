"""Reads a .onnx file."""

from pathlib import Path

from fivebyfive import recognized
from fivebyfive.errors import InputError
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources import needed
from fivebyfive.explain.sources.onnx import program, safety
from fivebyfive.files import open_plain


def read(path: Path) -> Program:
    """The network in the file at `path`.

    Raises:
        InputError: there is none, it is damaged, or what is needed is not installed.
    """
    needed("onnx", "onnxruntime")
    try:
        with open_plain(path) as file:
            data = file.read(safety.LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > safety.LARGEST:
        raise InputError(f"{path} is larger than {safety.LARGEST >> 30} GB, which no ONNX model can be")
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, RecursionError, ValueError):
        raise _none(path, "its bytes are no protobuf of a model") from None
    if not data:
        raise _none(path, "it is empty")
    if not model.graph.node or not model.opset_import:
        raise InputError(
            f"{path} is no ONNX model that can run: there are no nodes, or no versions of operators, in it"
        )
    return program(model, path.name, path.parent)


def _none(path: Path, why: str) -> InputError:
    what = recognized.as_none(path)
    if what is not None and what != recognized.ONNX:
        return InputError(f"{path} is {what}")
    return InputError(f"{path} is damaged, or no ONNX model: {why}")
