"""A page that runs the network by itself: what it needs is gathered here, and written as a file or as a site.

The words on such a page must be true of every picture. So the network explains a few, quite different ones, and only
the sentences that are said of all of them are kept.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from fivebyfive import answers, datasets, gallery, working
from fivebyfive.errors import InputError
from fivebyfive.files import write_atomically
from fivebyfive.gallery import Gallery, Pixels
from fivebyfive.views.page import running, site, standalone
from fivebyfive.views.page.html import standalone as as_file

if TYPE_CHECKING:
    from fivebyfive.explain.anew import Anew
    from fivebyfive.explain.trace import Trace

COMPARED = 3
"""Pictures of the gallery of which the words are compared, beside what is made of the first."""


def write_file(trace: "Trace", path: Path, pictures: Sequence[Path] = ()) -> None:
    """Write the page, the network and a gallery as one file.

    Args:
        pictures: of the gallery, files or folders.

    Raises:
        InputError: the page cannot run the network.
        Failure: it cannot be written; what was there is as it was.
    """
    text = page(trace, pictures)
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def page(trace: "Trace", pictures: Sequence[Path] = ()) -> str:
    """The page, the network and a gallery as one text.

    Raises:
        InputError: the page cannot run the network.
    """
    return as_file(document(trace, pictures))


def write_site(trace: "Trace", folder: Path, pictures: Sequence[Path] = ()) -> None:
    """Write the same as files for a web server.

    Raises:
        InputError: the page cannot run the network, or in `folder` is something that is no such site.
        Failure: it cannot be written.
    """
    site.expect_free(folder)
    site.write(folder, document(trace, pictures))


def document(trace: "Trace", pictures: Sequence[Path] = ()) -> bytes:
    """All that the page needs, as an envelope, compressed.

    Raises:
        InputError: the page cannot run the network.
    """
    anew = trace.anew
    if anew is None or trace.image is None:
        raise InputError(
            f"{trace.network} cannot run on a page by itself: its input is no picture, or the trace comes from a file"
        )
    unknown = [f"{name} ({trace[name].op})" for name in running.cannot(trace)]
    if unknown:
        raise InputError(
            f"the page cannot run {trace.network} by itself: it does not know how to compute {_listed(unknown)}; "
            "5x5 serve shows such a network live"
        )
    chosen = _gallery(trace, anew, pictures)
    beside = list(_others(trace.image, chosen))
    others = [anew.explain(picture) for picture in working.through(beside, "explaining other pictures")]
    return standalone.document_of(trace, anew, others, chosen)


def _gallery(trace: "Trace", anew: "Anew", pictures: Sequence[Path]) -> Gallery:
    """The trace's picture first, then what was asked for, then MNIST's for a network of one list of digits."""
    assert trace.image is not None
    height, width, channels = trace.image.shape
    found = Gallery(trace.image[None], ({"label": "", "hard": False, "mnist": None},))
    found += gallery.of_files(pictures, anew.preparation, (height, width, channels), anew.fit)
    one = sum(step.kind == "output" for step in trace.steps) == 1
    if not one or not gallery.is_of_digits(trace.image.shape, trace.classes):
        return found
    mnist = gallery.of_mnist(lambda images: _probabilities(trace, anew, images), datasets.load("mnist").test)
    own = [i for i in range(len(found.about)) if not (mnist.pixels == found.pixels[i]).all(axis=(1, 2, 3)).any()]
    return Gallery(found.pixels[own], tuple(found.about[i] for i in own)) + mnist


def _probabilities(trace: "Trace", anew: "Anew", images: Pixels) -> np.ndarray:
    batch = torch.from_numpy(np.array(images))
    with torch.inference_mode():
        return answers.probabilities(anew.network, batch, len(trace.classes), trace.network, anew.outputs).numpy()


def _others(image: Pixels, chosen: Gallery) -> Iterator[Pixels]:
    """Quite different pictures of the same size."""
    yield 255 - image
    yield image // 3 + 30  # in it nothing goes from 0 to 1
    yield np.ascontiguousarray(np.roll(image, image.shape[0] // 3, axis=0)[:, ::-1])
    yield from chosen.pixels[1 : 1 + COMPARED]


def _listed(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
