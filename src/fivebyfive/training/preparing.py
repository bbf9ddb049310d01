"""A network made ready to learn: with its first weights, on its device, tried on some of the pictures."""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.model import FEWEST_TRIED, TRIED, TRIED_BYTES, Model
from fivebyfive.networks import as_input, create, hub, members, new_head
from fivebyfive.networks.fresh import NEVER_TRAINED
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec
from fivebyfive.pictures import preparation
from fivebyfive.state import undisturbed
from fivebyfive.training import heads, initialization, photographs, randomness, starting
from fivebyfive.training.fitting import expect_fit, expect_kept
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import Recipe, is_photograph


@dataclass(frozen=True)
class Learner:
    """What learns.

    Attributes:
        recipe: that of the plan, as far as the network can follow it.
        head: names of the last layer's state, where that learns in another way than the rest; else nothing.
        said: what there is to say of where it begins, and of how.
    """

    model: Model
    recipe: Recipe
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
    if init is not None and len(members(network)) > 1:
        raise InputError(
            f"{plan.network} is an ensemble, whose networks begin apart; --init gives one network its weights: leave "
            "it out, or train one network with --ensemble 1"
        )
    some = data.train.pixels[: min(TRIED, max(FEWEST_TRIED, TRIED_BYTES // math.prod(plan.shape)))]
    replaced = _with_new_head(network, some[:2], len(plan.classes)) if init or plan.recipe.fine() else None
    for member in members(network):
        if hasattr(member, "keep_prob"):
            setattr(member, "keep_prob", plan.recipe.keep_prob)  # noqa: B010 (modules type their attributes as tensors)
    if plan.recipe.he:
        initialization.he(network)
    network = network.to(device)
    recipe = _that_fits(network, plan.recipe, some[:2], len(plan.classes))
    found = {
        "outputs": expect_fit(network, plan.network, some, len(plan.classes)),
        "preparation": preparation.found_in(data.train.pixels[: 10 * TRIED]),
    }
    own = getattr(network, "notes", ()) if isinstance(network, hub.Normalized) and init is None else ()
    said = [note for note in own if not note.startswith(NEVER_TRAINED)]
    if replaced is not None:
        found["new_head"] = replaced
        said.append(f"its last layer, {replaced}, is replaced by one that tells {len(plan.classes)} classes apart")
    head = heads.head_of(network, some[:2], len(plan.classes)) if init or plan.recipe.fine() else frozenset()
    if init is not None:
        said.append(starting.begin(network, init, head, plan.classes, plan.network).in_words())
    if plan.recipe.fine():
        said.append(heads.in_words(network, head, plan.recipe))
    if recipe != plan.recipe:
        said.append("it takes pictures of one size alone, and learns from them at their full size")
    about = _facts(dataclasses.replace(plan, recipe=recipe))
    model = Model(network, plan.network, plan.classes, plan.shape, about | found)

    def another() -> nn.Module | None:
        if not isinstance(named, Spec):
            return None
        made = create(named, code, **sizes)
        if replaced is not None:
            new_head.replace(made, replaced, len(plan.classes), plan.network)
        return made

    expect_kept(model, some, another)
    return Learner(model, recipe, head if plan.recipe.fine() else frozenset(), tuple(said))


def _that_fits(network: nn.Module, recipe: Recipe, pictures: npt.NDArray[np.uint8], classes: int) -> Recipe:
    """`recipe`, but at full size where `network` does not take pictures of the smaller one."""
    height, width = photographs.size_at(recipe.resolution, (pictures.shape[1], pictures.shape[2]))
    smaller = np.ascontiguousarray(pictures[:, :height, :width])
    if smaller.shape == pictures.shape:
        return recipe
    try:
        with undisturbed(network), torch.no_grad():
            device = next(p.device for p in network.parameters())
            fits = network(as_input(torch.from_numpy(smaller).to(device), network)).shape == (len(pictures), classes)
    except Exception:  # each network has its own way to refuse
        fits = False
    return recipe if fits else dataclasses.replace(recipe, resolution=1.0)


def _with_new_head(network: nn.Module, pictures: npt.NDArray[np.uint8], classes: int) -> str | None:
    """The name of the last layer, if that told other classes apart and was replaced."""
    try:
        with undisturbed(network):
            device = next((p.device for p in network.parameters()), torch.device("cpu"))
            last = new_head.last_layer(network, as_input(torch.from_numpy(pictures).to(device), network))
    except Exception:  # what is wrong with it is said when it is tried
        return None
    if last is None or last[1] == classes:
        return None
    new_head.replace(network, last[0], classes, type(network).__name__)
    return last[0]


def _facts(plan: Plan) -> dict[str, Any]:
    facts = plan.as_json()
    return {name: facts[name] for name in ("recipe", "seed", "data", "data_sha256", "fit", "versions")}
