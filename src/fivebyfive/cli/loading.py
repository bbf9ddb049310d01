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
    from fivebyfive import networks

    if network is None:
        return models.load(model)
    if not networks.is_own(network):
        if model is None:
            raise InputError(
                f"--network {network}: FILE.py:NAME was expected; a model of the package is called by --model"
            )
        return models.load(model, network)
    return _own(network, model)


def _own(network: str, weights: str | None) -> "Model | nn.Module":
    """A user's own network. Its weights may say how large pictures are and what they show."""
    from fivebyfive import model as models
    from fivebyfive.networks.from_file import load_network

    path = None if weights is None else models.find(weights)
    about, tensors = ({}, None) if path is None else models.read(path)
    if "shape" in about:
        return models.load(path, network)
    module = load_network(network).eval()
    if path is not None and tensors is not None:
        models.fill(module, tensors, path, network)
    return module
