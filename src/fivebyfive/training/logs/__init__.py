"""Where else the figures of a training are written: a CSV file, TensorBoard, Weights & Biases, MLflow.

Each is a reporter of its own, by the library of the service itself, which is an extra: what is not installed is told
before anything is trained. Whatever goes wrong with it later, the training goes on.
"""

import importlib
from collections.abc import Iterable

from fivebyfive.errors import InputError, meant
from fivebyfive.training.logs.log import Log

NAMES = ("csv", "tensorboard", "wandb", "mlflow")


def opened(names: Iterable[str]) -> list[Log]:
    """What writes the figures to each of `names`; nothing is written yet.

    Raises:
        InputError: one is not known, or its library is not installed.
    """
    return [_log(name) for name in dict.fromkeys(names)]


def _log(name: str) -> Log:
    if name not in NAMES:
        raise InputError(f"log '{name}' is not known{meant(name, NAMES)}; choose one of {', '.join(NAMES)}")
    kind: type[Log] = importlib.import_module(f"fivebyfive.training.logs.to_{name}").LOG
    if kind.needs:
        try:
            importlib.import_module(kind.needs)
        except ImportError:
            raise InputError(
                f"to log to {name}, a package that is not installed is needed: pip install {kind.needs}"
            ) from None
    return kind()
