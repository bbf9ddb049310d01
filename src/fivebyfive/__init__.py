"""Train convolutional networks, and see how they work: from your own code to the products behind any single number.

The public names below are imported when they are first used: ``import fivebyfive`` alone costs nothing.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fivebyfive.errors import Failure, InputError
    from fivebyfive.evaluation import Evaluation, evaluate
    from fivebyfive.explain import Comparison, Step, Trace, compare, explain
    from fivebyfive.exporting import export
    from fivebyfive.learning import Film, learn
    from fivebyfive.model import Model, load
    from fivebyfive.prediction import Reading, predict, predict_each
    from fivebyfive.progress import Look, Progress
    from fivebyfive.training.reporter import Reporter
    from fivebyfive.training.result import Run
    from fivebyfive.training.run import resume, train
    from fivebyfive.training.update import update

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "explain",
    "Evaluation": "evaluation",
    "Failure": "errors",
    "Film": "learning",
    "InputError": "errors",
    "Look": "progress",
    "Model": "model",
    "Progress": "progress",
    "Reading": "prediction",
    "Reporter": "training.reporter",
    "Run": "training.result",
    "Step": "explain",
    "Trace": "explain",
    "compare": "explain",
    "evaluate": "evaluation",
    "explain": "explain",
    "export": "exporting",
    "learn": "learning",
    "load": "model",
    "predict": "prediction",
    "predict_each": "prediction",
    "resume": "training.run",
    "train": "training.run",
    "update": "training.update",
}
"""Where each public name is defined."""

__all__ = [
    "Comparison",
    "Evaluation",
    "Failure",
    "Film",
    "InputError",
    "Look",
    "Model",
    "Progress",
    "Reading",
    "Reporter",
    "Run",
    "Step",
    "Trace",
    "compare",
    "evaluate",
    "explain",
    "export",
    "learn",
    "load",
    "predict",
    "predict_each",
    "resume",
    "train",
    "update",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fivebyfive' has no attribute '{name}'", name=name, obj=sys.modules[__name__])
    with importlib.import_module("fivebyfive.needs").told():
        value = getattr(importlib.import_module(f"fivebyfive.{_HOMES[name]}"), name)
    globals()[name] = value  # over the room of the same name, which the import has just put there
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
