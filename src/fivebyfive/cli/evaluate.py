"""``5x5 evaluate``: how well a model reads images that it never saw."""

import functools
import json as json_format
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from fivebyfive.cli import options
from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive.datasets import Dataset
    from fivebyfive.evaluation import Evaluation
    from fivebyfive.model import Model

MOST_CLASSES = 30
"""A matrix of more columns fits no terminal; the picture holds it."""


def evaluate(
    model: options.Model = None,
    network: options.Network = None,
    data: Annotated[
        str | None,
        typer.Option(help="mnist, or a path to images of your own; none: what the model was trained on."),
    ] = None,
    out: options.Out = None,
    json: options.Json = False,
) -> None:
    """Accuracy on the test images, in all and per class, and what was mistaken for what."""
    from fivebyfive import datasets
    from fivebyfive.evaluation import evaluate_model
    from fivebyfive.files import make_folder, write_atomically
    from fivebyfive.model import load
    from fivebyfive.views import charts

    loaded = load(model, network)
    dataset = datasets.load(data or str(loaded.facts.get("data", "mnist")), loaded.shape)
    if data is None:
        _expect_unchanged(loaded, dataset)
    with _progress() as progress:
        result = evaluate_model(loaded, dataset, progress)
    if json:
        print(json_format.dumps(result.as_json(), ensure_ascii=False))
    else:
        _print(result, loaded.name, dataset.name)
    folder = out or _folder(model)
    make_folder(folder)
    for name, figure in (
        ("confusion.png", charts.confusion(result)),
        ("mistakes.png", charts.mistakes(result)),
    ):
        write_atomically(folder / name, functools.partial(charts.write, figure))
    print(
        f"pictures: {folder / 'confusion.png'} and {folder / 'mistakes.png'}", file=sys.stderr if json else sys.stdout
    )


def _expect_unchanged(model: "Model", data: "Dataset") -> None:
    """Of images that changed nobody knows any more which ones the model has learned."""
    if model.facts.get("data_sha256", data.sha256) != data.sha256:
        raise InputError(
            f"{data.name} has changed since {model.name} was trained on it; --data {data.name} evaluates all that is "
            "in it now, what was learned too"
        )


def _folder(model: str | None) -> Path:
    """The run folder itself; for a model that has none, a folder of its name in runs/."""
    if model is not None and Path(model).is_dir():
        return Path(model)
    return Path("runs") / f"evaluate-{Path(model or 'shipped').stem}"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], object]]:
    """A bar on standard error while the images are shown to the network, if that is a terminal."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("evaluating")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(result: "Evaluation", network: str, data: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{network} on {len(result.labels):,} images of {data}", markup=False)
    console.print(f"accuracy {result.accuracy:.4%} ({result.images_per_second:,.0f} images/s)", style="bold")
    if len(result.labels) > 256:
        console.print(f"accuracy {result.accuracy_first_256:.4%} on the first 256, as in the post")
    table = Table("class", "right", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown = result.classes if len(result.classes) <= MOST_CLASSES else ()
    for name in shown:
        table.add_column(escape(name), justify="right", style="dim")
    for row, (name, share) in enumerate(result.per_class.items()):
        counts = [
            f"[bold green]{n}[/]" if row == column else f"[red]{n}[/]" if n else "·"
            for column, n in enumerate(result.confusion[row])
        ]
        table.add_row(escape(name), "–" if share is None else f"{share:.2%}", *(counts if shown else []))
    console.print(table)
    if shown:
        console.print("rows: what the image shows; columns: what the network said", style="dim")
