"""Makes the gallery's lessons: ``python docs/gallery/make.py [NAME …]``, into build/lessons.

Each network learns from MNIST for some seconds, unless it comes trained, and becomes a page that runs it by itself.
What is there already is kept. Networks in the styles of people are those of tests/people; Keras is needed for one, onnx
for another: what cannot be made here is left out, and said.
"""

import argparse
import dataclasses
import importlib.util
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ROOT / "build" / "lessons"
PEOPLE = "tests/people"


@dataclass(frozen=True)
class Lesson:
    """A network of the gallery.

    Attributes:
        network: FILE.py:NAME from the repository's root, or one that comes trained.
        samples: images that it learns from; 0: it comes trained.
        needs: a package that is not always here.
        as_onnx: what is explained is the ONNX file that it is exported to.
    """

    name: str
    title: str
    says: str
    network: str
    samples: int = 26_000
    needs: str = ""
    as_onnx: bool = False


ALL = (
    Lesson(
        "conv_net",
        "The post's network",
        "Two convolutions with pooling, a fully connected layer, dropout: the program of the post, as it is.",
        "conv_net",
        samples=0,
    ),
    Lesson(
        "quick",
        "Quick",
        "Fixed detectors of strokes, one convolution: 99% after half a second of training.",
        "quick",
        samples=0,
    ),
    Lesson(
        "perceptron",
        "A perceptron",
        "No convolution at all: the picture is a list of 784 numbers, and every number meets every one.",
        f"{PEOPLE}/mlp_view.py:NeuralNet",
    ),
    Lesson(
        "residual",
        "Residual blocks",
        "What a block finds is added to what came in. The blocks of ResNet.",
        f"{PEOPLE}/resnet_blocks.py:resnet8",
    ),
    Lesson(
        "u-shaped",
        "U-shaped, with gates",
        "Down, up again, and across: the maps of both are joined, and a gate says how much of the one comes through.",
        f"{PEOPLE}/attention_gates.py:AttUNetClassifier",
    ),
    Lesson(
        "depthwise",
        "Depthwise convolutions",
        "Each filter goes through one channel, then 1×1 convolutions mix the channels. The blocks of MobileNet.",
        f"{PEOPLE}/mobilenet_nested.py:MobileNet(ch_in=1)",
    ),
    Lesson(
        "attention",
        "Attention",
        "The picture is cut into patches, and each looks at all others: a vision transformer, written by hand.",
        f"{PEOPLE}/vit_by_hand.py:SimpleViT",
        samples=110_000,
    ),
    Lesson(
        "inception",
        "Branches side by side",
        "Windows of 1×1, 3×3 and 5×5 look at the same maps, and what they find is joined. A module of Inception.",
        f"{PEOPLE}/inception_branches.py:Net",
    ),
    Lesson(
        "keras",
        "A Keras model",
        "LeNet-5, written with Keras. Its layers become operations that mean the same.",
        f"{PEOPLE}/keras/lenet_digits.py:model",
        needs="keras",
    ),
    Lesson(
        "onnx",
        "An ONNX file",
        "The same branches side by side as a file: its nodes are the code.",
        f"{PEOPLE}/inception_branches.py:Net",
        needs="onnxscript",
        as_onnx=True,
    ),
)


def main(names: list[str]) -> int:
    """Make those lessons, all of them if none is named; 1 where one was named that cannot be made here."""
    unknown = set(names) - {lesson.name for lesson in ALL}
    if unknown:
        print(
            f"no such lesson: {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in ALL)}",
            file=sys.stderr,
        )
        return 1
    os.environ.setdefault("KERAS_BACKEND", "torch")
    left_out = 0
    for lesson in ALL:
        if (names and lesson.name not in names) or (LESSONS / lesson.name).exists():
            continue
        if lesson.needs and importlib.util.find_spec(lesson.needs) is None:
            print(f"{lesson.name}: left out; it needs the package {lesson.needs}")
            left_out += lesson.name in names
        else:
            print(make(lesson, LESSONS))
    return min(left_out, 1)


def make(lesson: Lesson, folder: Path) -> str:
    """Make one lesson in a folder of its own in `folder`; what to say of it.

    The folder holds index.html, the page; drawing.svg, the network to scale; lesson.json, what is known of it.
    """
    import fivebyfive
    from fivebyfive import datasets

    place, making = folder / lesson.name, folder / f".{lesson.name}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    accuracy = _learned(lesson, making) if lesson.samples else None
    model = fivebyfive.load(making / "run" if lesson.samples else lesson.network)
    network: Any = model
    if lesson.as_onnx:
        network = fivebyfive.export(model, making / "run" / f"{lesson.name}.onnx")
    trace = fivebyfive.explain(network, datasets.load().test.pixels[0])
    trace.to_html(making / "index.html", live=True)
    (making / "drawing.svg").write_text(trace.diagram(), encoding="utf-8")
    size = (making / "index.html").stat().st_size
    found = dataclasses.asdict(lesson) | {
        "place": [one.name for one in ALL].index(lesson.name),
        "parameters": trace.parameter_count,
    }
    found |= {"accuracy": accuracy, "bytes": size}
    (making / "lesson.json").write_text(json.dumps(found, indent=2, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(making / "run", ignore_errors=True)
    making.rename(place)
    return f"{lesson.name}: {trace.parameter_count:,} parameters, {size / 1e6:.1f} MB"


def _learned(lesson: Lesson, making: Path) -> float | None:
    """Train it into the folder run; the share of test images that it names rightly."""
    import fivebyfive

    run = fivebyfive.train(
        str(ROOT / lesson.network), recipe="quick", samples=lesson.samples, out=making / "run", film=0
    )
    return None if run.evaluation is None else run.evaluation.accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of " + ", ".join(lesson.name for lesson in ALL))
    sys.exit(main(parser.parse_args().names))
