"""``5x5 evaluate``: how well a model reads images that it never saw."""

import functools
import json as json_format
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from fivebyfive.cli import options

if TYPE_CHECKING:
    from fivebyfive.evaluation import Evaluation

MOST_CLASSES = 30
"""A matrix of more columns fits no terminal; the picture holds it."""


def evaluate(
    model: options.Model = None,
    network: options.Network = None,
    data: options.Data = "mnist",
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
    dataset = datasets.load(data, loaded.shape)
    with _progress() as progress:
        result = evaluate_model(loaded, dataset, progress)
    folder = out or _folder(model)
    make_folder(folder)
    for name, figure in (
        ("confusion.png", charts.confusion(result)),
        ("mistakes.png", charts.mistakes(result)),
    ):
        write_atomically(folder / name, functools.partial(charts.write, figure))
    if json:
        print(json_format.dumps(result.as_json(), ensure_ascii=False))
    else:
        _print(result, loaded.name, dataset.name)
    print(
        f"pictures: {folder / 'confusion.png'} and {folder / 'mistakes.png'}", file=sys.stderr if json else sys.stdout
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
    console.print(f"{network} on {len(result.labels):,} images of {data}")
    console.print(f"accuracy {result.accuracy:.4%} ({result.images_per_second:,.0f} images/s)", style="bold")
    if len(result.labels) > 256:
        console.print(f"accuracy {result.accuracy_first_256:.4%} on the first 256, as in the post")
    table = Table("class", "right", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown = result.classes if len(result.classes) <= MOST_CLASSES else ()
    for name in shown:
        table.add_column(name, justify="right", style="dim")
    for row, (name, share) in enumerate(result.per_class.items()):
        counts = [
            f"[bold green]{n}[/]" if row == column else f"[red]{n}[/]" if n else "·"
            for column, n in enumerate(result.confusion[row])
        ]
        table.add_row(escape(name), "–" if share is None else f"{share:.2%}", *(counts if shown else []))
    console.print(table)
    if shown:
        console.print("rows: what the image shows; columns: what the network said", style="dim")
