"""The document of a page that runs the network by itself: the network, the rules of its answers, and a gallery.

Field ``standalone``: ``preparation``, how a picture is taken; ``outputs``, what the network gives; ``answer``, the step
that is the answer, or null; ``list`` and ``largest``, how a picture becomes numbers; ``words``, ``symbols``, ``notes``
and ``warnings``, as `document.said` has them, as far as they are true of every picture; ``gallery``, what is known of
each picture in the buffer ``gallery``, uint8 [N, H, W, C], and ``first``, the one that the page begins with; ``photo``
and ``stages``, how that was made.
"""

import gzip
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fivebyfive.errors import InputError
from fivebyfive.outputs import as_logits
from fivebyfive.views.page import document, running
from fivebyfive.views.page.envelope import Buffers, Part, pack

if TYPE_CHECKING:
    from fivebyfive.explain.anew import Anew
    from fivebyfive.explain.trace import Trace
    from fivebyfive.gallery import Gallery

CLOSE = 1e-6
"""Two probabilities that are the same but for rounding."""


def document_of(trace: "Trace", anew: "Anew", others: Sequence["Trace"], gallery: "Gallery") -> bytes:
    """The envelope, compressed.

    Args:
        others: traces of other pictures.

    Raises:
        InputError: the network takes another way for another picture, or its input is not the picture's bytes.
    """
    digest = document.digest(trace)
    if any(document.digest(other) != digest for other in others):
        raise InputError(
            f"{trace.network} takes another way through its code for another picture, and the page knows only one; "
            "5x5 serve shows such a network live"
        )
    said = document.said(trace)
    rules: dict[str, Any] = {
        "preparation": anew.preparation,
        "outputs": anew.outputs,
        "answer": _answer(trace, anew.outputs),
        **_input(trace),
        **_common(said, [document.said(other) for other in others]),
        "gallery": [dict(about) for about in gallery.about],
        "first": _first(trace, gallery),
        "photo": said["photo"] if _was_made(trace) else None,
        "stages": said["stages"],
    }
    shown: Buffers = {n: b for n, b in document.picture(trace).items() if n == "photo" or n.startswith("stage/")}
    part = Part({"standalone": rules}, {"gallery": gallery.pixels} | shown)
    return gzip.compress(pack(*running.parts(trace), part, planes=True), 9, mtime=0)


def _common(said: dict[str, Any], others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The words that are the same for all pictures; a note that only the first has was added by whoever explained."""
    words = [
        [sentence for sentence in sentences if all(sentence in other["words"][i] for other in others)]
        for i, sentences in enumerate(said["words"])
    ]
    symbols = [text if all(o["symbols"][i] == text for o in others) else "" for i, text in enumerate(said["symbols"])]
    return {"words": words, "symbols": symbols, "notes": said["notes"], "warnings": list(said["warnings"])}


def _input(trace: "Trace") -> dict[str, Any]:
    """How the picture's bytes became the first step's numbers."""
    assert trace.image is not None
    found = document.output(trace.steps[0])
    shares = trace.image.astype(np.float32) / 255
    listed = found.ndim == 1
    laid = shares.reshape(-1) if listed else shares.transpose(2, 0, 1)
    most = float(laid.max())
    largest = float(found.max()) / most if most and found.size == laid.size else 1.0
    if laid.size != found.size or not np.allclose(laid.reshape(-1) * largest, found.reshape(-1), atol=1e-6 * largest):
        raise InputError(
            f"{trace.network} cannot run on a page by itself: what it was given are not a picture's bytes from 0 to 1"
        )
    return {"list": listed, "largest": largest}


def _answer(trace: "Trace", outputs: str) -> int | None:
    """The step whose output the probabilities are of; the last, where several give them."""
    if not trace.prediction:
        return None
    said = dict(trace.prediction)
    wanted = torch.tensor([said[label] for label in trace.classes], dtype=torch.float64)
    for step in reversed(trace.steps):
        if step.output.numel() == len(wanted) and step.output.is_floating_point():
            given = step.output.detach().reshape(1, -1).double()
            if bool(((as_logits(given, outputs).softmax(1)[0] - wanted).abs() < CLOSE).all()):
                return step.index
    return None


def _was_made(trace: "Trace") -> bool:
    """Whether the picture that was given is another than the one that the network got."""
    photo, image = trace.photo, trace.image
    return bool(trace.stages) or (photo is not None and image is not None and photo.pixels.shape != image.shape)


def _first(trace: "Trace", gallery: "Gallery") -> int:
    same = (gallery.pixels == trace.image).all(axis=(1, 2, 3))
    return int(np.flatnonzero(same)[0])
