"""A TensorFlow 1 program, as it is: it is run, and the network that it trained is explained on its own lines.

What it trained is kept (`keeping.py`), so that a second call explains at once.
"""

import ast
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch import nn

from fivebyfive import trust
from fivebyfive.errors import InputError
from fivebyfive.explain import sources
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources.tensorflow import importing, keeping, networks, standing_in
from fivebyfive.explain.sources.tensorflow.building import built
from fivebyfive.explain.sources.tensorflow.dropped import told
from fivebyfive.explain.sources.tensorflow.graph import Known
from fivebyfive.explain.sources.tensorflow.sessions import Kept, watched
from fivebyfive.model import Model
from fivebyfive.networks import own_code
from fivebyfive.networks.foreign import framework_of
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec

OLD = ("placeholder", "Session", "InteractiveSession", "get_variable", "disable_v2_behavior", "disable_eager_execution")
"""Names that only TensorFlow 1's programs use."""


def is_one(path: Path) -> bool:
    """Whether the file at `path` uses TensorFlow or Keras at all.

    Raises:
        InputError: there is no such file.
    """
    code = own_code.read(path)
    return any(name in code.sources[code.path] for name in (b"tensorflow", b"keras"))


def read(path: Path) -> nn.Module | Model:
    """The network of the program in a file, which is run unless it ran here before as it is now.

    Raises:
        InputError: there is no such file, it has no network, or it uses what TensorFlow 2 has dropped.
        Failure: it raised.
    """
    code = trust.by_user(Spec(path.stem, path))
    assert code is not None
    importing.tensorflow()
    if not _is_old(code):
        return _of_today(code)
    kept = keeping.kept(code)
    return _explained(code, _ran(code)) if kept is None else kept


def _is_old(code: Code) -> bool:
    """Whether it is written in TensorFlow 1's terms."""
    try:
        tree = ast.parse(code.sources[code.path])
    except (SyntaxError, ValueError):
        return True  # running it says what is wrong
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return bool(names & set(OLD)) or any(".examples" in name or "compat.v1" in name for name in imported)


def _ran(code: Code) -> tuple[list[Kept], ModuleType, list[Path]]:
    """What the program's sessions knew when it had run, and its module."""
    imported: list[Path] = []
    with ExitStack() as entered:
        v1 = entered.enter_context(standing_in.old_tensorflow())
        sessions = entered.enter_context(watched(v1))
        entered.enter_context(told(code))
        module = entered.enter_context(own_code.as_program(code, imported))
    return sessions, module, imported


def _explained(code: Code, ran: tuple[list[Kept], ModuleType, list[Path]]) -> Program:
    sessions, module, imported = ran
    trained = [kept for kept in sessions if kept.graph.get_operations()]
    if not trained:
        raise InputError(f"{code.file} made no network in a tf.Session; name what is to be explained: {code.file}:NAME")
    kept = max(reversed(trained), key=lambda known: len(known.values))
    called = names_of(module)
    output = networks.logits(kept)
    operations = networks.before(output.op)
    inputs = [op.outputs[0] for op in operations if networks.is_picture(op)]
    known = {name: Known(name, value) for name, value in networks.switches(operations, kept.fed, called).items()}
    known |= variables(operations, kept.values, called)
    folder = keeping.keep(code, imported, output, inputs, known)
    said = f"What the program trained is kept in {folder}: the next call explains at once." if folder else ""
    return built(code.path.stem, [output], inputs, known, notes=(said,) if said else ())


def variables(operations: list[Any], values: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Known]:
    """What is known of each variable that the operations read, by the tensor that reads it."""
    found: dict[str, Known] = {}
    for op in operations:
        if op.type in ("VariableV2", "Variable", "VarHandleOp") and op.name in values:
            name = called.get(op.name, op.name.replace("/", "."))
            known = Known(name, np.asarray(values[op.name]), values[op.name].dtype.kind == "f")
            reads = [op] if op.type != "VarHandleOp" else [o for o in operations if _reads(o, op)]
            found |= {read.outputs[0].name: known for read in reads}
    return found


def _reads(op: Any, handle: Any) -> bool:
    return op.type == "ReadVariableOp" and op.inputs[0].op is handle


def names_of(module: ModuleType) -> dict[str, str]:
    """What the program calls its variables and placeholders: ``weights.wc1``, by the operation's name."""
    found: dict[str, str] = {}
    for name, value in vars(module).items():
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for part, tensor in [(name, value), *((f"{name}.{key}", inner_value) for key, inner_value in inner)]:
            op = getattr(tensor, "op", None)
            if op is not None and hasattr(op, "name") and not name.startswith("_"):
                found.setdefault(op.name, part)
    return found


def _of_today(code: Code) -> nn.Module | Model:
    """The Keras model, or the function, that a program in today's terms leaves among its names."""
    with own_code.as_program(code, []) as module:
        pass
    made = [(name, value) for name, value in vars(module).items() if _is_network(value)]
    if not made:
        raise InputError(f"{code.file} has no network when it has run: no Keras model, tf.Module or tf.function")
    if len({id(value) for _, value in made}) > 1:
        names = ", ".join(name for name, _ in made)
        raise InputError(f"{code.file} has several networks: {names}; name one: {code.file}:{made[0][0]}")
    return sources.as_network(made[0][1])


def _is_network(value: Any) -> bool:
    kind = type(value).__name__
    if framework_of(value) == "keras":
        return any(cls.__name__ == "Model" for cls in type(value).__mro__)
    return framework_of(value) == "tensorflow" and (
        kind in ("Function", "ConcreteFunction", "PolymorphicFunction")
        or (
            callable(value)
            and any(cls.__name__ == "Module" for cls in type(value).__mro__)
            and not isinstance(value, type)
        )
    )
