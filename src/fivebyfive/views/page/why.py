"""Why an answer, as the page reads it: accounts of some classes, from which it makes that of any of them over another.

An account is linear in its class: what speaks for one rather than another is the difference of the two. So a file
holds a few classes, and the page subtracts.

The field ``why``: ``classes`` (their indices), ``asked`` (the class that is shown at first, and the other or null),
``number`` (what is accounted for), ``notes`` and ``limits`` (sentences), ``inputs`` and ``steps`` (the steps' indices,
of the inputs and of all whose maps are sent), ``accounts`` (of each class ``value``, ``inputs``, ``shares`` as [step,
amount, sort]), ``cam`` (the step of Grad-CAM, or null), ``patch`` (of the sliding patch
``size``, ``stride``, or null) and ``off`` (the step whose maps were switched off, or null).

Buffers: of the Ith of these classes ``why-pixels/I`` [H, W], ``why-maps/I`` (one number a map, step after step) and
``why-cam/I`` [h, w]; ``why-patch`` [rows, columns, classes], the numbers with the patch there, ``why-patch-answer``
[rows, columns] and ``why-patch-share``, the answer's class and probability; ``why-off``, ``why-off-answer`` and
``why-off-share`` likewise, [maps, …].
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.why.account import why
from fivebyfive.explain.why.telling import LIMITS, common
from fivebyfive.views.page.envelope import Buffers, Part

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace
    from fivebyfive.explain.why.account import Why
    from fivebyfive.explain.why.covering import Changed

MOST_CLASSES = 4
"""Classes of which a file has accounts, beside those that were asked for."""
LARGE = 1_000_000_000
"""Multiply-accumulates of a network from which on a file has half as many."""
MOST_OFF = 512
"""Maps that are switched off one by one."""
MOST_MAPS = 100_000
"""Of a step with more maps their contributions are not sent."""


def asked(trace: "Trace") -> Part:
    """What a file holds: nothing where nobody asked why."""
    if not trace.asked_why:
        return Part()
    names = [name for pair in trace.asked_why for name in pair if name is not None]
    most = MOST_CLASSES if trace.macs < LARGE else MOST_CLASSES // 2
    likely = [name for name, _ in trace.prediction[:most]]
    first = trace.asked_why[-1]
    chosen = list(dict.fromkeys([*names[-2 * MOST_CLASSES :], *(n for n in first if n is not None), *likely]))
    accounts = [why(trace, name) for name in chosen]
    return _part(accounts, first, tested=True)


def account(trace: "Trace", class_: int | None, instead_of: int | None) -> Part:
    """What the live page is sent of a class, and of another; without the tests, which it asks for one by one."""
    first = why(trace, class_, instead_of)
    if first.instead_of is None:
        return _part([first], (first.class_, None), tested=False)
    accounts = [why(trace, place) for place in first.places if place is not None]
    return _part(accounts, (first.class_, first.instead_of), tested=False)


def changed(found: "Changed") -> Part:
    """What the live page is sent of one test: the numbers of all classes after it, and the answer."""
    answer = {"label": found.prediction[0][0], "probability": found.prediction[0][1]} if found.prediction else None
    return Part({"changed": {"numbers": found.logits.tolist(), "answer": answer}})


def _part(accounts: "list[Why]", first: tuple[str, str | None], *, tested: bool) -> Part:
    one = accounts[0]
    steps = [one.trace.steps[index] for index in sorted(one.swept.gradients)]
    steps = [step for step in steps if step.size[2] <= MOST_MAPS]
    names = [account.class_ for account in accounts]
    fields: dict[str, Any] = {
        "classes": [account.places[0] for account in accounts],
        "names": names,
        "asked": [names.index(first[0]), None if first[1] is None else names.index(first[1])],
        "number": one.said.partition(" of ")[0],
        "ends": one.target.ends,
        "notes": common(one),
        "limits": list(LIMITS),
        "inputs": [one.trace[name].index for name in one.inputs],
        "steps": [step.index for step in steps],
        "accounts": [
            {
                "value": account.value,
                "inputs": list(account.inputs.values()),
                "shares": [[share.index, share.amount, share.sort] for share in account.shares],
            }
            for account in accounts
        ],
        "cam": None,
        "patch": None,
        "off": None,
    }
    buffers: Buffers = {}
    for i, account in enumerate(accounts):
        buffers[f"why-pixels/{i}"] = _array(account.pixels.sum(0))
        buffers[f"why-maps/{i}"] = _array(torch.cat([account.maps[step.name] for step in steps]))
    _add_cam(accounts, fields, buffers)
    if tested:
        _add_tests(one, fields, buffers)
    return Part({"why": fields}, buffers)


def _add_cam(accounts: "list[Why]", fields: dict[str, Any], buffers: Buffers) -> None:
    try:
        cams = [account.grad_cam() for account in accounts]
    except InputError:  # it has no convolution with maps
        return
    fields["cam"] = accounts[0].trace[cams[0].step].index
    buffers |= {f"why-cam/{i}": _array(cam.signed) for i, cam in enumerate(cams)}


def _add_tests(one: "Why", fields: dict[str, Any], buffers: Buffers) -> None:
    """The patch at every place, and the maps of Grad-CAM's step switched off; where a step cannot run again, none."""
    classes = fields["classes"]
    try:
        slid = one.occlusion()
        fields["patch"] = {"size": slid.size[0], "stride": slid.stride}
        buffers |= _tested("why-patch", slid.logits, slid.probabilities, classes)
        step = None if fields["cam"] is None else one.trace.steps[fields["cam"]]
        if step is not None and step.size[2] <= MOST_OFF:
            off = one.switched_off(step.index)
            fields["off"] = step.index
            buffers |= _tested("why-off", off.logits, off.probabilities, classes)
    except InputError as error:
        fields["notes"].append(f"The test cannot be made here: {error}.")


def _tested(name: str, logits: Tensor, probabilities: Tensor | None, classes: list[int]) -> Buffers:
    found: Buffers = {name: _array(logits[..., classes])}
    if probabilities is not None:
        share, answer = probabilities.max(-1)
        found |= {f"{name}-answer": answer.numpy().astype(np.uint32), f"{name}-share": _array(share)}
    return found


def _array(tensor: Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = np.ascontiguousarray(tensor.detach().float().cpu().numpy())
    return array
