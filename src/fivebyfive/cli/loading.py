"""Which network ``--model`` and ``--network`` mean together, for the commands that explain."""

from typing import TYPE_CHECKING

from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from fivebyfive.model import Model


def load(model: str | None, network: str | None) -> "Model | nn.Module":
    """The model; or a user's own network as it is, where nothing says how large its pictures are.

    Raises:
        InputError: there is no such model or network, or they do not fit each other.
    """
    from fivebyfive import model as models
    from fivebyfive.networks.spec import parse

    if network is None:
        return models.load(model)
    if parse(network).file is not None:
        return models.load_own(network, model)
    if model is None:
        raise InputError(f"--network {network}: FILE.py:NAME was expected; a model of the package is called by --model")
    return models.load(model, network)
