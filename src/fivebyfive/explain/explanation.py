"""``explain(network, image)``: the image made ready, one forward watched, the trace."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.decision import ranking
from fivebyfive.errors import InputError
from fivebyfive.explain import batch, sources, tensors
from fivebyfive.explain import image as images
from fivebyfive.explain.anew import Anew
from fivebyfive.explain.backward.tracing import WayBack
from fivebyfive.explain.capture import Captured, capture
from fivebyfive.explain.layout import Size
from fivebyfive.explain.objective import Label, Objective
from fivebyfive.explain.program import Program
from fivebyfive.explain.sizing import first_that_runs, search
from fivebyfive.explain.sources import scripted
from fivebyfive.explain.trace import Trace
from fivebyfive.model import Model
from fivebyfive.networks import fresh, hub
from fivebyfive.networks.from_keras import KerasNetwork
from fivebyfive.outputs import LOGITS, YES_OR_NO, as_logits, kind_of
from fivebyfive.pictures import preparation


def explain(
    network: Any,
    image: Any,
    *,
    classes: Sequence[str] | None = None,
    name: str | None = None,
    raw: bool = False,
    label: Label | Sequence[Label] | None = None,
    loss: Callable[[Any], Tensor] | None = None,
) -> Trace:
    """Run `network` once on `image`, exactly as it is, and say what it did; with a label, how it would learn too.

    Args:
        network: any module, in the mode that it is in, or a model with its classes and its pictures' size; what
            another framework made, a Keras model or an ONNX model, say; or the name of one, as ``--network`` has it.
        image: a path, PIL image or array, brought to the network's size with values from 0 to 1; or a tensor, of one
            example or a batch of one, taken as it is; or several tensors, in a tuple or, by name, in a dictionary.
        classes: the name of each output; by default the model's, or 0, 1, 2 …
        name: what to call the network; by default the model's name, or its class.
        raw: the image is as the network was taught already: no digit is looked for in it.
        label: the right class, by name or number; the way back is traced from the cross-entropy with it. A list of
            labels for several images: a list of them, or a tensor of a batch.
        loss: in place of a label, a function from what the network returns to one number, a tensor.

    Raises:
        InputError: the image cannot be brought to the network's size, or the classes do not fit its output.
        Failure: the network raised; the message ends with the user's own lines on the way there.
    """
    shape: Size | None = None
    outputs = photo = None
    way = images.Way(None if classes is None or set(classes) <= images.TEN else preparation.WHOLE, raw)
    network = asked = sources.as_network(network)
    if isinstance(network, Program):
        classes, name = classes or network.graph.classes, name or network.graph.name
    if isinstance(network, KerasNetwork):
        name = name or network.given_name
    if isinstance(network, Model):
        classes, shape, name = classes or network.classes, network.shape, name or network.name
        way, outputs = images.Way(network.preparation, raw, network.fit), network.outputs
        network = network.network
    if label is not None and loss is not None:
        raise InputError("a label and a loss are given; the way back starts from one of them: leave the other out")
    objective = None if label is None and loss is None else Objective(label, loss, classes, outputs)
    whole = network
    network, unwrapped = _unwrapped(network)
    if objective is not None and objective.pictures is not None:
        image = batch.of_several(network, image, objective.pictures, shape, way)
    if not isinstance(image, (tuple, list, Mapping, images.Prepared)):
        tensors.expect_one_is_enough(network)
    if isinstance(image, images.Prepared):
        prepared, captured = image, capture(network, image.given, objective)
    elif isinstance(image, Tensor):
        prepared, captured = first_that_runs(network, images.from_tensor(image, network, shape), objective)
    elif isinstance(image, (tuple, list, Mapping)):
        prepared = images.from_several(image, network)
        captured = capture(network, prepared.given, objective)
    else:
        picture = images.picture_of(image)
        prepared, captured = search(network, picture, shape, way, objective)
        photo = images.photo_of(picture, prepared)
    agreement = captured.agreement
    if network is not whole and isinstance(whole, torch.jit.ScriptModule):
        agreement = scripted.agreement(whole, prepared.given, captured.outputs)
        unwrapped.append(agreement.sentence())
    labels, prediction, outputs = _prediction(captured, classes, outputs)
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
        notes=[*prepared.notes, *unwrapped, *captured.notes, *_of_weights(network)],
        seconds=captured.seconds,
        agreement=agreement,
        way_back=_labelled(captured.way_back, objective, labels),
        anew=_anew(asked, prepared, way, outputs, partial(explain, asked, classes=classes, name=name, raw=True)),
    )


def _anew(
    asked: Any, prepared: images.Prepared, way: images.Way, outputs: str, again: Callable[[Any], Trace]
) -> Anew | None:
    """How further pictures are explained; None where the input was no picture."""
    if prepared.pixels is None:
        return None
    usual = preparation.DIGITS if prepared.pixels.shape == preparation.MNIST else preparation.WHOLE
    network = asked.network if isinstance(asked, Model) else asked
    return Anew(network, way.preparation or usual, way.fit, outputs, again)


def _labelled(way_back: WayBack | None, objective: Objective | None, labels: Sequence[str]) -> WayBack | None:
    """The way back with what it started from, by name."""
    return way_back if way_back is None or objective is None else replace(way_back, label=objective.named(labels))


def _of_weights(network: nn.Module) -> Sequence[str]:
    """Where its weights come from, where that is known."""
    return network.notes if isinstance(network, hub.Normalized) else fresh.notes(network)


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


def _prediction(
    captured: Captured, classes: Sequence[str] | None, kind: str | None
) -> tuple[tuple[str, ...], list[tuple[str, float]], str]:
    """The labels, and each with its probability, the answer first; none where the answer is no list of numbers. And
    what the network gives, one of `outputs.KINDS`.

    Args:
        kind: what the network gives, one of `outputs.KINDS`; None: it is found by looking at it.
    """
    first = captured.outputs[0] if captured.outputs else torch.empty(0)
    is_list = first.is_floating_point() and first.dim() and first.numel() == first.shape[-1]
    given = first.detach().reshape(1, -1).double() if is_list else torch.empty(1, 0)
    if given.numel() < 2:
        return tuple(classes or ()), [], kind or LOGITS
    if classes is not None and len(classes) != given.numel():
        raise InputError(
            f"{len(classes)} classes were given but the network has {given.numel()} outputs; give one name for each"
        )
    labels = tuple(classes) if classes is not None else tuple(str(n) for n in range(given.numel()))
    if kind is None:
        kind = YES_OR_NO if captured.steps and captured.steps[-1].op == "sigmoid" else kind_of(given)
    probabilities = as_logits(given, kind).softmax(1)[0]
    if probabilities.isnan().any():
        return labels, [], kind
    said = probabilities.tolist()
    return labels, [(labels[i], said[i]) for i in ranking(said, labels)], kind
