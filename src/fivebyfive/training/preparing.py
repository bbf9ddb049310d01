"""A network made ready to learn: with its first weights, on its device, tried on some of the pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fivebyfive.datasets import Dataset
from fivebyfive.model import TRIED, Model
from fivebyfive.networks import create, hub, members
from fivebyfive.networks.fresh import NEVER_TRAINED
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec
from fivebyfive.pictures import preparation
from fivebyfive.training import heads, initialization, randomness, starting
from fivebyfive.training.fitting import expect_fit, expect_kept
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import is_photograph


@dataclass(frozen=True)
class Learner:
    """What learns.

    Attributes:
        head: names of the last layer's state, where that learns in another way than the rest; else nothing.
        said: what there is to say of where it begins, and of how.
    """

    model: Model
    head: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()


def default_network(shape: tuple[int, int, int]) -> str:
    """The network that learns pictures of this height, width and number of channels when none is named."""
    return "photo_net" if is_photograph(shape) else "conv_net"


def prepare(
    named: nn.Module | Spec,
    code: Code | None,
    plan: Plan,
    data: Dataset,
    device: torch.device,
    init: str | Path | None = None,
) -> Learner:
    """The network with its first weights, on `device`; the random state follows from the seed.

    Args:
        init: the file or run folder whose weights it begins with.

    Raises:
        InputError: the network does not fit the data, or the weights not the network.
    """
    randomness.seed(plan.seed)
    sizes = dict(zip(("height", "width", "channels", "classes"), (*plan.shape, len(plan.classes)), strict=True))
    network = create(named, code, **sizes) if isinstance(named, Spec) else named
    for member in members(network):
        if hasattr(member, "keep_prob"):
            setattr(member, "keep_prob", plan.recipe.keep_prob)  # noqa: B010 (modules type their attributes as tensors)
    if plan.recipe.he:
        initialization.he(network)
    network = network.to(device)
    some = data.train.pixels[:TRIED]
    found = {
        "outputs": expect_fit(network, plan.network, some, len(plan.classes)),
        "preparation": preparation.found_in(data.train.pixels[: 10 * TRIED]),
    }
    own = getattr(network, "notes", ()) if isinstance(network, hub.Normalized) and init is None else ()
    said = [note for note in own if not note.startswith(NEVER_TRAINED)]
    head = heads.head_of(network, some[:2], len(plan.classes)) if init or plan.recipe.fine() else frozenset()
    if init is not None:
        said.append(starting.begin(network, init, head, plan.classes, plan.network).in_words())
    if plan.recipe.fine():
        said.append(heads.in_words(network, head, plan.recipe))
    model = Model(network, plan.network, plan.classes, plan.shape, _facts(plan) | found)
    expect_kept(model, some, lambda: create(named, code, **sizes) if isinstance(named, Spec) else None)
    return Learner(model, head if plan.recipe.fine() else frozenset(), tuple(said))


def _facts(plan: Plan) -> dict[str, Any]:
    facts = plan.as_json()
    return {name: facts[name] for name in ("recipe", "seed", "data", "data_sha256", "versions")}
