"""Train convolutional networks, and see how they work: from your own code to the products behind any single number.

The public names below are imported when they are first used: ``import fivebyfive`` alone costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fivebyfive.explain import Comparison, Step, Trace, compare, explain
    from fivebyfive.learning import Film, learn
    from fivebyfive.model import Model, load
    from fivebyfive.prediction import Reading, predict, predict_each
    from fivebyfive.training.run import train
    from fivebyfive.training.update import update

__version__ = "0.1.0"

_HOMES = {
    "explain": "explain",
    "compare": "explain",
    "Comparison": "explain",
    "learn": "learning",
    "Film": "learning",
    "Trace": "explain",
    "Step": "explain",
    "Model": "model",
    "load": "model",
    "predict": "prediction",
    "predict_each": "prediction",
    "Reading": "prediction",
    "train": "training.run",
    "update": "training.update",
}

__all__ = [
    "Comparison",
    "Film",
    "Model",
    "Reading",
    "Step",
    "Trace",
    "compare",
    "explain",
    "learn",
    "load",
    "predict",
    "predict_each",
    "train",
    "update",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fivebyfive' has no attribute '{name}'")
    with importlib.import_module("fivebyfive.needs").told():
        value = getattr(importlib.import_module(f"fivebyfive.{_HOMES[name]}"), name)
    globals()[name] = value  # over the room of the same name, which the import has just put there
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
