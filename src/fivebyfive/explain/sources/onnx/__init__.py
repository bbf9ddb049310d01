"""ONNX models, as they are: their nodes are the code, and ONNX Runtime has the last word on every value.

Source of the operators: https://onnx.ai/onnx/operators/
"""

from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources.onnx import graph, safety

DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError, RecursionError, OverflowError)


def as_network(model: Any) -> Program:
    """An ``onnx.ModelProto`` as a network.

    Raises:
        InputError: it is no such model, is damaged, or keeps weights in files of their own.
    """
    return program(model, str(model.graph.name) if hasattr(model, "graph") and model.graph.name else "model", None)


def program(model: Any, name: str, folder: Path | None) -> Program:
    """The network in a model whose files of weights lie in `folder`.

    Raises:
        InputError: it is damaged, or asks for more than it may.
    """
    import onnx

    if not isinstance(model, onnx.ModelProto):
        raise InputError(f"{type(model).__name__} is no model of ONNX; onnx.load gives one")
    try:
        files = {said["location"] for t in safety.tensors(model) if "location" in (said := safety.external(t))}
        safety.expect_functions_end(model)
        if files and folder is None:
            raise InputError("it keeps weights in files of their own; give the path of its file, or load them")
        return Program(graph.of(model, name, folder, [safety.data_file(folder or Path(), f, name) for f in files]))
    except InputError as error:
        raise InputError(str(error) if name in str(error) else f"{name}: {error}") from None
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{name} cannot be read ({type(error).__name__}: {reason}); it is damaged, or no whole model: check it "
            "with onnx.checker.check_model"
        ) from None
