"""Which network ``--model`` and ``--network`` mean together, for the commands that explain."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from fivebyfive.model import Model


def load(model: str | None, network: str | None) -> "Model | nn.Module":
    """The model; or a user's own network as it is, where nothing says how large its pictures are.

    Raises:
        InputError: there is no such model or network, or they do not fit each other.
    """
    from fivebyfive import model as models
    from fivebyfive.explain import sources

    return models.load(model) if network is None else sources.named(network, model)
