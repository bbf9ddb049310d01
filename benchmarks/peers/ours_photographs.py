"""This project's way with a folder of photographs: ``python ours_photographs.py FOLDER EPOCHS [WEIGHTS]`` prints JSON.

As its documentation has it: ``5x5 train timm:tf_efficientnet_lite0 --data FOLDER --size 224 --init WEIGHTS``, with
nothing decoded before.
"""

import sys
import tempfile
from pathlib import Path

import photographed  # first: it begins the clock

import fivebyfive
from fivebyfive.datasets import cache
from fivebyfive.training.reporter import Reporter


class First(Reporter):
    """When the first step was taken."""

    def stepped(self, *_: object) -> None:
        photographed.stepped()


def main() -> None:
    folder, epochs, weights = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as place:
        cache.place = lambda: Path(place) / "cache"
        run = fivebyfive.train(
            "timm:tf_efficientnet_lite0",
            folder,
            size=224,
            init=weights[0] if weights else None,
            epochs=epochs,
            film=0,
            out=Path(place) / "run",
            reporter=First(),
        )
        assert run.evaluation is not None
        evaluation = run.evaluation
        trained = photographed.seconds()
        names = evaluation.classes
        said = [names[n] for n in evaluation.said]
        photographed.report(trained, epochs, said, [names[n] for n in evaluation.labels])


if __name__ == "__main__":
    main()
