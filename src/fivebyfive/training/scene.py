"""What a page shows of a training that goes on: which layers, which pictures it is asked, and how far it is."""

import math

import numpy as np
import numpy.typing as npt
from torch.optim import Optimizer

from fivebyfive.datasets import Dataset
from fivebyfive.model import Model
from fivebyfive.portable import network_name
from fivebyfive.training import showing
from fivebyfive.training.plans import Plan
from fivebyfive.views.page import film

PICTURES, PICTURE_BYTES = 48, 1 << 20
"""That are asked at every frame, and what they may take together."""
SMALL = 1 << 12
"""Weights of a layer that every frame has, with what moved them."""
WITH_MAPS = 3
"""Pictures of which maps are shown."""


class Scene:
    """What can be shown of a training: its layers, the pictures that it is asked, where its values are."""

    def __init__(
        self, about: film.About, places: tuple[showing.Place, ...], model: Model, optimizer: Optimizer
    ) -> None:
        self.about, self._places = about, places
        self._model, self._optimizer = model, optimizer
        self._parameters = dict(model.network.named_parameters())

    @classmethod
    def of(cls, model: Model, data: Dataset, plan: Plan, optimizer: Optimizer) -> "Scene":
        """Without layers where the network's own code does not let itself be looked at."""
        images = data.validation if len(data.validation) else data.train
        count = max(1, min(PICTURES, PICTURE_BYTES // max(1, int(np.prod(images.pixels.shape[1:])))))
        pictures, labels = images.pixels[:count], images.labels[:count]
        try:
            places = showing.scout(model.network, pictures)
        except Exception:  # a network's own code may raise anything
            places = ()
        layers = tuple(place.layer for place in places)
        name, recipe = network_name(plan.network), plan.recipe
        about = film.About(name, recipe.name, plan.classes, recipe.steps(), recipe.batch_size, layers, pictures, labels)
        return cls(about, places, model, optimizer)

    def frame(self, step: int, asked: bool) -> film.Frame:
        """How far it is after `step`.

        Args:
            asked: large layers too, what it says of the pictures, and their maps: what takes longest.
        """
        shown = [place for place in self._places if asked or math.prod(place.layer.shape) <= SMALL]
        weights = {place.layer.name: place.weights(self._parameters[place.layer.name]) for place in shown}
        rate = float(self._optimizer.param_groups[0]["lr"])
        if not asked:
            return film.Frame(step, rate, None, weights, moments=self._moments())
        network, outputs = self._model.network, self._model.outputs
        seen = showing.look(network, self.about.pictures, outputs, self._places, WITH_MAPS)
        return film.Frame(step, rate, seen.answers, weights, seen.maps, self._moments())

    def _moments(self) -> dict[tuple[str, str], npt.NDArray[np.float32]]:
        """What moved the weights of small layers: the step's gradient and its running means, where they are kept."""
        found = {}
        for place in self._places:
            name = place.layer.name
            if math.prod(place.layer.shape) > SMALL:
                continue
            parameter = self._parameters[name]
            state = self._optimizer.state.get(parameter, {})
            m = state.get("exp_avg", state.get("momentum"))
            for moment, known in (("gradient", parameter.grad), ("m", m), ("v", state.get("exp_avg_sq"))):
                if known is not None and known.shape == parameter.shape:
                    found[moment, name] = place.weights(known)
        return found
