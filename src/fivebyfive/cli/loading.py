"""Which network ``--model`` and ``--network`` mean together, for the commands that explain; and the film beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive import working

if TYPE_CHECKING:
    from torch import nn

    from fivebyfive.model import Model
    from fivebyfive.views.page.envelope import Part


def load(model: str | None, network: str | None) -> "Model | nn.Module":
    """The model; or a user's own network as it is, where nothing says how large its pictures are.

    Raises:
        InputError: there is no such model or network, or they do not fit each other.
    """
    from fivebyfive import model as models
    from fivebyfive.explain import sources

    with working.at("loading the network"):
        return models.load(model) if network is None else sources.named(network, model)


def has_film(model: str | None) -> bool:
    """Whether `model` is a run folder with a film of its training."""
    return model is not None and (Path(model) / "film").is_dir()


def film(model: str | None, loaded: "Model | nn.Module") -> "Part | None":
    """The film of the training in the run folder `model`, as a page has it; None: there is none.

    Raises:
        InputError: it is damaged, or not of this network.
    """
    from fivebyfive.model import Model

    if model is None or not has_film(model) or not isinstance(loaded, Model):
        return None
    from fivebyfive.learning import learn
    from fivebyfive.screening import screened

    return screened(learn(model), loaded)


def is_file(text: str) -> bool:
    """Whether a file is called so, whatever the text is."""
    return _is(Path.is_file, text)


def is_folder(text: str) -> bool:
    """Whether a folder is called so, whatever the text is; the empty text means none."""
    return text != "" and _is(Path.is_dir, text)


def _is(what: Callable[[Path], bool], text: str) -> bool:
    try:
        return what(Path(text))
    except (OSError, ValueError):  # no name of a file
        return False
