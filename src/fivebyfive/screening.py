"""A film on a page: so much of it that the page stays small, and what each picture met at every frame.

The film keeps weights; maps are what the network makes of a picture with the weights of a frame. Where a film does not
keep all of them, a layer's maps are shown as long as nothing before it is missing.
"""

import copy
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from fivebyfive.learning import Film
from fivebyfive.model import Model
from fivebyfive.portable import network_name
from fivebyfive.training import showing
from fivebyfive.training.showing import Place
from fivebyfive.views.page import film as pages

if TYPE_CHECKING:
    from fivebyfive.views.page.envelope import Part

NUMBERS = 3_000_000
"""Of weights that a page has, at the most; a film of more is shown in fewer frames."""
MOST_FRAMES, FEWEST_FRAMES = 60, 24
SMALL = 1 << 12
"""Weights of a layer of which gradients and their means are shown too."""
WITH_MAPS = 4
"""Pictures of which maps are shown, the first ones."""
MAP_BYTES = 8_000_000
"""That all maps may have, before they are compressed, which takes most of it away."""
MOMENTS = {"gradient": "gradients", "m": "m", "v": "v", "change": "changes"}


def screened(film: Film, model: Model) -> "Part":
    """The film as a page has it.

    Args:
        model: that the training came to; it is left as it is.
    """
    pictures = film.pictures.numpy()
    found = showing.scout(model.network, np.zeros((1, *model.shape), np.uint8))
    places = tuple(p for p in found if _is_kept(film, p))
    frames = _chosen(len(film), places)
    left_out = _left_out(film, places)
    about = pages.About(
        network_name(film.network), film.recipe.name, film.classes, film.recipe.steps(), film.recipe.batch_size,
        tuple(p.layer for p in places), pictures, film.labels.numpy(), left_out,
    )  # fmt: skip
    maps = _maps(film, copy.deepcopy(model.network), places, frames)
    shown = [_frame(film, frame, places, maps[n]) for n, frame in enumerate(frames)]
    history = [(p.step, p.loss, p.accuracy) for p in film.history]
    looks = [(look.step, look.validation_loss, look.validation_accuracy) for look in film.looks]
    return pages.film(about, shown, history, looks)


def _is_kept(film: Film, place: Place) -> bool:
    name = place.layer.name
    return name in film.shapes and film.weights(name, 0) is not None and film.weights(name, -1) is not None


def _chosen(count: int, places: tuple[Place, ...]) -> list[int]:
    """Which frames, evenly, the first and the last among them."""
    numbers = sum(math.prod(place.layer.shape) for place in places)
    most = min(count, max(FEWEST_FRAMES, min(MOST_FRAMES, NUMBERS // max(1, numbers))))
    return sorted({round(n * (count - 1) / max(1, most - 1)) for n in range(most)})


def _left_out(film: Film, places: tuple[Place, ...]) -> tuple[str, ...]:
    shown = {place.layer.name for place in places}
    others = [name for name, shape in film.shapes.items() if len(shape) > 1 and name not in shown]
    return (f"Too large for this film: {', '.join(others)}.",) if others else ()


def _frame(film: Film, frame: int, places: tuple[Place, ...], maps: Mapping[str, np.ndarray]) -> pages.Frame:
    weights, moments = {}, {}
    for place in places:
        name = place.layer.name
        held = film.weights(name, frame)
        assert held is not None  # every frame keeps what one does
        weights[name] = place.weights(held)
        if math.prod(place.layer.shape) <= SMALL:
            for moment, quantity in MOMENTS.items():
                known: Tensor | None = getattr(film, quantity)(name, frame)
                missing = np.full(place.layer.shape, np.nan, np.float32)
                moments[moment, name] = missing if known is None else place.weights(known)
    loss, accuracy = film.loss(frame), film.accuracy(frame)
    answers, step = film.answers(frame).numpy(), film.steps[frame]
    return pages.Frame(step, film.rates[frame], answers, weights, maps, moments, loss, accuracy)


def _maps(film: Film, network: nn.Module, places: tuple[Place, ...], frames: list[int]) -> list[dict[str, np.ndarray]]:
    """By frame and layer, of the first pictures; `network` is given the weights of each frame."""
    parameters = dict(network.named_parameters())
    pictures = film.pictures.numpy()[:WITH_MAPS]
    found = []
    for frame in frames:
        known = _filled(film, frame, network, parameters)
        seen = showing.look(network, pictures, "logits", places, len(pictures) if known else 0, known.__contains__)
        found.append(dict(seen.maps))
    size = sum(held.size for held in found[-1].values()) * len(frames) if found else 0
    few = min(len(pictures), MAP_BYTES * len(pictures) // size) if size else 0
    return [{name: held[:few] for name, held in maps.items() if few} for maps in found]


def _filled(film: Film, frame: int, network: nn.Module, parameters: Mapping[str, nn.Parameter]) -> set[str]:
    """Give `network` the weights of a frame; the names of those that it has got. None, where its other state, such as
    running means, is not known.
    """
    if film.model(frame, network) is not None:
        return set(parameters)
    if len(network.state_dict()) > len(parameters):
        return set()
    known = set()
    with torch.no_grad():
        for name, parameter in parameters.items():
            held = film.weights(name, frame) if name in film.shapes else None
            if held is not None:
                parameter.copy_(held)
                known.add(name)
    return known
