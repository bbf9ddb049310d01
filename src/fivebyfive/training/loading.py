"""The data set of a training: loaded for the network that is to learn it, and once more when a run is gone on with."""

import dataclasses
from pathlib import Path
from typing import Any

from torch import nn

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.networks import hub
from fivebyfive.training.plans import Plan

Size = int | tuple[int, int] | None
"""Height and width of pictures, or the side of square ones; None: what a network was made for, or they suggest."""


def loaded(data: Any, network: str | nn.Module | None, size: Size, fit: str, cache: bool, skip_broken: bool) -> Dataset:
    """The data set that `data` is, or at `data`, with the whole path for its name: so a run is good from any folder.

    Raises:
        InputError: there is none, or something is wrong with it.
    """
    if isinstance(data, Dataset):
        return data
    shape = hub.own_size(network) if isinstance(network, str) and hub.is_named(network) else None
    wanted = (size, size) if isinstance(size, int) else size
    if wanted is not None and shape is not None:
        shape = (*wanted, shape[2])
    if not isinstance(data, str | Path):
        return datasets.given(data, size=wanted or (shape and shape[:2]), fit=fit)
    found = datasets.load(data, shape, size=wanted, fit=fit, cache=cache, skip_broken=skip_broken)
    return found if data in datasets.NAMES else dataclasses.replace(found, name=str(Path(data).resolve()))


def again(plan: Plan, data: Any = None) -> Dataset:
    """The data set of a run that was begun: that at its path, or what is given in Python once more.

    Raises:
        InputError: it is not there any more, or something is wrong with it.
    """
    size = plan.shape[:2]
    if data is not None:
        return data if isinstance(data, Dataset) else datasets.given(data, size=size, fit=plan.fit)
    return datasets.load(plan.data, plan.shape, size=size, fit=plan.fit, cache=plan.cache, skip_broken=plan.skip_broken)
