"""Pictures that are there twice: in two parts, so that what is reported was learned, or in two classes."""

import hashlib

import numpy as np

from fivebyfive.datasets.dataset import Dataset, Images
from fivebyfive.datasets.lazy import Lazy


def found(data: Dataset) -> tuple[str, ...]:
    """A sentence for each way in which pictures of `data` are there twice."""
    train, validation, test = (_digests(part) for part in data.parts())
    learned, said = set(train), []
    for digests, use in ((validation, "to choose by"), (test, "to report")):
        if count := sum(digest in learned for digest in digests):
            said.append(f"warning: {count:,} of {len(digests):,} images {use} are among those to train on too")
    first: dict[bytes, int] = {}
    labels = np.concatenate([part.labels for part in data.parts()]).tolist()
    pairs = zip([*train, *validation, *test], labels, strict=True)
    several = {digest for digest, label in pairs if first.setdefault(digest, label) != label}
    if several:
        said.append(f"warning: {len(several):,} {'images are' if len(several) > 1 else 'image is'} in several classes")
    return tuple(said)


def _digests(images: Images) -> list[bytes]:
    """What tells each picture from all others: of its pixels, or of its file where they are not in memory."""
    if isinstance(images.pixels, Lazy):
        return [row.tobytes() for row in images.pixels.digests()]
    return [hashlib.blake2b(np.ascontiguousarray(one).data, digest_size=16).digest() for one in images.pixels]
