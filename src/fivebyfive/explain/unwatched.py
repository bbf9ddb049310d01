"""What could not be watched, in sentences: modules that Python does not run, and ways that leave what is recorded."""

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from fivebyfive.explain.detours import Detours
from fivebyfive.explain.step import Step


def remarks(
    steps: Sequence[Step],
    opaque: Iterable[str],
    detours: Detours,
    outputs: Sequence[tuple[str, Tensor]],
    result: Any,
) -> list[str]:
    """What a reader must know about what could not be watched."""
    said = [f"What {name} does cannot be watched from Python: it is one step, and its cost is not counted."
            for name in opaque]  # fmt: skip
    if not outputs:
        said.append(f"The forward returns no tensor but {_a(type(result).__name__)}, so there is no output to show.")
    seen: set[int] = set()
    todo = [step for step in steps if step.kind == "output"]
    while todo:
        step = todo.pop()
        if step.index not in seen:
            seen.add(step.index)
            todo += step.origins
    if outputs and not any(steps[index].kind == "input" for index in seen):
        said.append(
            "No step leads from the input to the output: a part of the work was done where it cannot be watched, "
            "such as in NumPy or in another thread, and is not counted; or the output does not depend on it."
        )
    else:
        said += detours.remarks(seen)
    return said


def _a(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}" if name != "NoneType" else "None"
