"""Functions and modules of TensorFlow 2: through the graph that ``tf.function`` makes of them."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources.tensorflow import importing
from fivebyfive.explain.sources.tensorflow.building import built
from fivebyfive.explain.sources.tensorflow.graph import Known, Placing

PICTURES = ((None, 28, 28, 1), (None, 784), (None, 28, 28), (None, 32, 32, 3), (None, 224, 224, 3), (None, 96, 96, 3))
"""What a function may take that does not say it."""


def program(value: Any) -> Program:
    """The program of a tf.function, of one of its concrete functions, or of a tf.Module that can be called.

    Raises:
        InputError: what it takes is not known, or it takes no tensors.
        Failure: its own code raised.
    """
    importing.tensorflow()
    if _is_concrete(value):
        return of_concrete(value, _name(value))
    if not callable(value) or isinstance(value, type):
        raise InputError(f"{_name(value)} cannot be called; a tf.function, or a tf.Module with __call__, was expected")
    call = value if hasattr(value, "get_concrete_function") else value.__call__
    return of_concrete(_traced(call, _name(value)), _name(value), value)


def _is_concrete(value: Any) -> bool:
    return hasattr(value, "graph") and hasattr(value, "captured_inputs") and hasattr(value, "structured_outputs")


def _name(value: Any) -> str:
    name = getattr(value, "__name__", None) or getattr(value, "name", None)
    return str(name) if isinstance(name, str) and hasattr(value, "get_concrete_function") else type(value).__name__


def _traced(call: Any, name: str) -> Any:
    """The concrete function: the one that was traced already, that its signature says, or that a picture gives."""
    tf = importing.tensorflow()
    known: list[Any] = getattr(call, "_list_all_concrete_functions", list)()
    if known:
        return known[0]
    function = call if hasattr(call, "get_concrete_function") else tf.function(call)
    refused: list[Exception] = []
    for trace in _ways(function, tf):
        try:
            return trace()
        except Exception as error:  # the user's own code may refuse in any way
            refused.append(error)
    said = " ".join(str(refused[-1]).split())[:300] if refused else ""
    raise Failure(
        f"{name} could not be traced for any usual picture ({type(refused[-1]).__name__}: {said}); give it an "
        "input_signature, or call it once before"
    )


def _ways(function: Any, tf: Any) -> Iterator[Callable[[], Any]]:
    if getattr(function, "input_signature", None) is not None:
        yield function.get_concrete_function
        return
    for shape in PICTURES:
        yield partial(function.get_concrete_function, tf.TensorSpec(shape, tf.float32))


def of_concrete(
    concrete: Any,
    name: str,
    owner: Any = None,
    placing: Placing | None = None,
    **about: Any,
) -> Program:
    """The program of a concrete function.

    Args:
        owner: the module that it belongs to, whose attributes name the variables.
        placing: where the operations stand; by default on the lines of their tracebacks.
        about: further attributes of `graph.Graph`.
    """
    graph = concrete.graph
    captured = {inner.name: outer for outer, inner in graph.captures}
    inputs = [tensor for tensor in graph.inputs if tensor.name not in captured]
    outputs = [tensor for tensor in graph.outputs if tensor.dtype.is_floating or tensor.dtype.is_integer]
    if not inputs or not outputs:
        raise InputError(f"{name} takes or gives no tensors; a function from a picture to an answer was expected")
    return built(name, outputs[:1], inputs, _known(graph, captured, owner), placing, **about)


def _known(graph: Any, captured: Mapping[str, Any], owner: Any) -> dict[str, Known]:
    """What the function reads beside its inputs: variables by their handles, and tensors."""
    called = _names(owner)
    variables = {id(variable.handle): variable for variable in graph.variables}
    known = {}
    for inner, outer in captured.items():
        variable = variables.get(id(outer))
        if variable is not None:
            name = called.get(id(variable)) or variable.name.partition(":")[0].replace("/", ".")
            known[inner] = Known(name, variable.numpy(), bool(variable.trainable))
        elif hasattr(outer, "numpy") and outer.dtype.name not in ("resource", "variant"):
            known[inner] = Known(inner.partition(":")[0], outer.numpy())
    return known


def _names(owner: Any) -> dict[int, str]:
    """What a module calls its variables: ``dense.w``, by their identities."""
    found: dict[int, str] = {}
    todo: list[tuple[str, Any]] = [("", owner)]
    seen: set[int] = set()
    while todo:
        path, value = todo.pop()
        if id(value) in seen or len(seen) > 100_000:
            continue
        seen.add(id(value))
        if hasattr(value, "handle") and hasattr(value, "numpy"):
            found.setdefault(id(value), path)
        elif isinstance(value, dict):
            todo += [(f"{path}.{key}".lstrip("."), inner) for key, inner in value.items()]
        elif isinstance(value, (list, tuple)):
            todo += [(f"{path}.{i}".lstrip("."), inner) for i, inner in enumerate(value)]
        elif any(cls.__name__ in ("Module", "AutoTrackable") for cls in type(value).__mro__):
            inner = {key: v for key, v in vars(value).items() if not key.startswith("_")}
            todo += [(f"{path}.{key}".lstrip("."), v) for key, v in inner.items()]
    return found
