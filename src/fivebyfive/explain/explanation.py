"""``explain(network, image)``: the image made ready, one forward watched, the trace."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.decision import ranking
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import image as images
from fivebyfive.explain import sources, tensors
from fivebyfive.explain.capture import Captured, capture
from fivebyfive.explain.layout import Size, size_text
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources import scripted
from fivebyfive.explain.trace import Trace
from fivebyfive.model import Model
from fivebyfive.networks import hub
from fivebyfive.networks.from_keras import KerasNetwork
from fivebyfive.outputs import YES_OR_NO, as_logits, kind_of
from fivebyfive.pictures import preparation
from fivebyfive.pictures.decoding import Picture


def explain(
    network: Any,
    image: Any,
    *,
    classes: Sequence[str] | None = None,
    name: str | None = None,
    raw: bool = False,
) -> Trace:
    """Run `network` once on `image`, exactly as it is, and say what it did.

    Args:
        network: any module, in the mode that it is in, or a model with its classes and its pictures' size; what
            another framework made, a Keras model or an ONNX model, say; or the name of one, as ``--network`` has it.
        image: a path, PIL image or array, brought to the network's size with values from 0 to 1; or a tensor, of one
            example or a batch of one, taken as it is; or several tensors, in a tuple or, by name, in a dictionary.
        classes: the name of each output; by default the model's, or 0, 1, 2 …
        name: what to call the network; by default the model's name, or its class.
        raw: the image is as the network was taught already: no digit is looked for in it.

    Raises:
        InputError: the image cannot be brought to the network's size, or the classes do not fit its output.
        Failure: the network raised; the message ends with the user's own lines on the way there.
    """
    shape: Size | None = None
    outputs = photo = None
    way = images.Way(None if classes is None or set(classes) <= images.TEN else preparation.WHOLE, raw)
    network = sources.as_network(network)
    if isinstance(network, Program):
        classes, name = classes or network.graph.classes, name or network.graph.name
    if isinstance(network, KerasNetwork):
        name = name or network.given_name
    if isinstance(network, Model):
        classes, shape, name = classes or network.classes, network.shape, name or network.name
        way, outputs = images.Way(network.preparation, raw), network.outputs
        network = network.network
    whole = network
    network, unwrapped = _unwrapped(network)
    if not isinstance(image, (tuple, list, Mapping)):
        tensors.expect_one_is_enough(network)
    if isinstance(image, Tensor):
        prepared, captured = _first_that_runs(network, images.from_tensor(image, network, shape))
    elif isinstance(image, (tuple, list, Mapping)):
        prepared = images.from_several(image, network)
        captured = capture(network, prepared.given)
    else:
        picture = images.picture_of(image)
        prepared, captured = _search(network, picture, shape, way)
        photo = images.photo_of(picture, prepared)
    agreement = captured.agreement
    if network is not whole and isinstance(whole, torch.jit.ScriptModule):
        agreement = scripted.agreement(whole, prepared.given, captured.outputs)
        unwrapped.append(agreement.sentence())
    labels, prediction = _prediction(captured, classes, outputs)
    return Trace(
        network=name or type(network).__name__,
        steps=captured.steps,
        prediction=prediction,
        image=prepared.pixels,
        stages=prepared.stages,
        photo=photo,
        classes=labels,
        source_files=captured.source_files,
        user_lines=captured.user_lines,
        notes=[*prepared.notes, *unwrapped, *captured.notes, *_of_hub(network)],
        seconds=captured.seconds,
        agreement=agreement,
    )


def _of_hub(network: nn.Module) -> Sequence[str]:
    """Where the weights of a network of a hub come from."""
    return network.notes if isinstance(network, hub.Normalized) else ()


def _unwrapped(network: nn.Module) -> tuple[nn.Module, list[str]]:
    """The module that the user wrote, out of what PyTorch puts around it, and what to say of that."""
    said = []
    while (inner := _inner(network)) is not None:
        said.append(f"{type(network).__name__} around it was left out: the {type(inner).__name__} in it is explained.")
        network = inner
    return network, said


def _inner(network: nn.Module) -> nn.Module | None:
    compiled = getattr(network, "_orig_mod", None) if type(network).__name__ == "OptimizedModule" else None
    if isinstance(network, torch.jit.ScriptModule):
        return scripted.original(network)
    parallel = isinstance(network, (nn.DataParallel, nn.parallel.DistributedDataParallel))
    found = network.module if parallel else compiled
    return found if isinstance(found, nn.Module) else None


def _first_that_runs(network: nn.Module, candidates: list[images.Prepared]) -> tuple[images.Prepared, Captured]:
    failures: list[Failure] = []
    for prepared in candidates:
        try:
            return prepared, capture(network, prepared.given)
        except Failure as failure:
            failures.append(failure)
    raise failures[0]


def _search(
    network: nn.Module, photo: Picture, shape: Size | None, way: images.Way
) -> tuple[images.Prepared, Captured]:
    """The first size at which the forward runs; where each fails at a list's length, the one that has it.

    A size at which one picture becomes several (a ``view`` that is meant for another) is the last to be taken.
    """
    tried = images.sizes(network, shape, photo.pixels)
    said = shape or images.said_size(network)
    failures: dict[Size, Failure] = {}
    several: tuple[images.Prepared, Captured] | None = None
    for size in tried:
        try:
            prepared = images.from_picture(photo, size, network, way)
        except InputError:
            if len(tried) == 1 or size != said:
                raise
            continue  # what the network says is no picture's size
        try:
            captured = capture(network, prepared.given)
            if size == said or _is_one(captured):
                return prepared, captured
            several = several or (prepared, captured)
        except Failure as failure:
            failures[size] = failure
    if several is not None:
        return several
    first = tensors.first_layer(network)
    if first is not None and not isinstance(first, (nn.Conv2d, nn.Linear)):
        raise InputError(f"{type(network).__name__} takes no pictures: its first layer is {first}; give a tensor")
    tried, reasons = list(failures), list(failures.values())
    found = _size_of_list(network, photo, tried, reasons, way)
    if found is not None:
        return found
    if len(tried) == 1 or len({_reason(failure) for failure in reasons}) == 1:
        raise reasons[0]
    sizes = ", ".join(size_text(size) for size in tried[:8]) + (" …" if len(tried) > 8 else "")
    raise InputError(
        f"the image cannot be brought to a size that {type(network).__name__} takes (tried {sizes}); give the network "
        f"attributes height, width and channels, or give a tensor; at {size_text(tried[0])}, {reasons[0]}"
    )


def _size_of_list(
    network: nn.Module, photo: Picture, tried: Sequence[Size], failures: Sequence[Failure], way: images.Way
) -> tuple[images.Prepared, Captured] | None:
    """Halve the distance to the square whose maps, as a list, have the length that a fully connected layer takes."""
    if len(tried) == 1 or not any(map(_lengths, failures)):
        return None
    low, high = 1, images.OWN_SIZE
    while low <= high:
        side = (low + high) // 2
        prepared = images.from_picture(photo, (side, side, tried[0][2]), network, way)
        try:
            return prepared, capture(network, prepared.given)
        except Failure as failure:
            got, wanted = _lengths(failure) or (0, 1)  # another failure: the picture is smaller than a window
        low, high = (side + 1, high) if got < wanted else (low, side - 1)
    return None


def _is_one(captured: Captured) -> bool:
    """Whether the network's answer is about one picture."""
    first = next(iter(captured.outputs), None)
    return first is None or first.dim() == 0 or first.shape[0] == 1


def _lengths(failure: Failure) -> tuple[int, int] | None:
    """How many values a list had and how many it should have, where that is why the forward failed."""
    said = str(failure.__cause__)
    product = re.search(r"shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)", said)
    if product:
        return int(product[1]), int(product[2])
    shape = re.search(r"shape '\[-?1, (\d+)\]' is invalid for input of size (\d+)", said)
    return (int(shape[2]), int(shape[1])) if shape else None


def _reason(failure: Failure) -> str:
    """Where and why it failed, without the input's shape."""
    cause = failure.__cause__
    return f"{type(cause).__name__}: {cause}"


def _prediction(
    captured: Captured, classes: Sequence[str] | None, kind: str | None
) -> tuple[tuple[str, ...], list[tuple[str, float]]]:
    """The labels, and each with its probability, the answer first; none where the answer is no list of numbers.

    Args:
        kind: what the network gives, one of `outputs.KINDS`; None: it is found by looking at it.
    """
    first = captured.outputs[0] if captured.outputs else torch.empty(0)
    is_list = first.is_floating_point() and first.dim() and first.numel() == first.shape[-1]
    given = first.detach().reshape(1, -1).double() if is_list else torch.empty(1, 0)
    if given.numel() < 2:
        return tuple(classes or ()), []
    if classes is not None and len(classes) != given.numel():
        raise InputError(
            f"{len(classes)} classes were given but the network has {given.numel()} outputs; give one name for each"
        )
    labels = tuple(classes) if classes is not None else tuple(str(n) for n in range(given.numel()))
    if kind is None:
        kind = YES_OR_NO if captured.steps and captured.steps[-1].op == "sigmoid" else kind_of(given)
    probabilities = as_logits(given, kind).softmax(1)[0]
    if probabilities.isnan().any():
        return labels, []
    said = probabilities.tolist()
    return labels, [(labels[i], said[i]) for i in ranking(said, labels)]
