"""A user's own code in a run: which it was, that it is the same still, and that it was trained here."""

import shlex
from pathlib import Path

from torch import nn

from fivebyfive import trust
from fivebyfive.errors import InputError
from fivebyfive.group import current
from fivebyfive.networks import own_code
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec
from fivebyfive.training.plans import Plan
from fivebyfive.training.reporter import Reporter


def expect_same(network: nn.Module | Spec, plan: Plan, place: Path) -> None:
    """Half of a training by one code and half by another comes to weights that neither makes."""
    if isinstance(network, Spec) and plan.code and digest(trust.by_user(network)) != plan.code:
        raise InputError(
            f"the code of {plan.network} has changed since run {place} began; put it back as it was, or train anew "
            "with another --out"
        )


def digest(code: Code | None) -> str:
    """SHA-256 of the file of a user's own network; "" for all others."""
    return "" if code is None else own_code.digest(code.sources[code.path])


def trusted(network: nn.Module | Spec, plan: Plan, place: Path) -> Code | None:
    """The code of a network that a run folder names, if it was trained here."""
    if isinstance(network, nn.Module):
        return None
    anew = "train it anew: 5x5 train SPEC"
    return trust.by_model(network, plan.shape, len(plan.classes), place, anew)


def remember(network: nn.Module | Spec, plan: Plan, reporter: Reporter) -> None:
    """From now on the run may be gone on with, and its model used, without naming the code again."""
    if isinstance(network, nn.Module) or current().local_rank:
        return
    try:
        trust.remember(network, plan.shape, len(plan.classes))
    except OSError as error:
        why = error.strerror or error
        said = f"that this network was trained here cannot be remembered ({why}); name it where its model is used"
        reporter.warned(f"{said}: --network {shlex.quote(str(network))}")
