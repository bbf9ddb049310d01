"""``5x5 evaluate``: how well a model reads images that it never saw."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from fivebyfive.cli import options
from fivebyfive.cli.foreign import printing_apart
from fivebyfive.cli.printing import console, say, say_document
from fivebyfive.errors import Failure
from fivebyfive.group import current
from fivebyfive.text import printable

if TYPE_CHECKING:
    from fivebyfive.evaluation import Evaluation

HEADS = ("right", "precision", "F1", "images")
"""Of the columns beside a class: the share of its images that were named rightly is its recall."""
MOST_CLASSES = 30
"""A matrix of more columns fits no terminal; the picture holds it."""


def evaluate(
    model: options.Model = None,
    network: options.Network = None,
    data: Annotated[
        str | None,
        typer.Option(help="mnist, or a path to images of your own; none: what the model was trained on."),
    ] = None,
    cache: options.Cache = True,
    skip_broken: options.SkipBroken = False,
    out: options.Out = None,
    mistakes: Annotated[
        Path | None,
        typer.Option(help="A folder to write the worst mistakes into, a picture each.", show_default=False),
    ] = None,
    json: options.Json = False,
) -> None:
    """Accuracy on the test images, in all and per class, what was mistaken for what, and how sure it was."""
    from fivebyfive.evaluation import data_of, evaluate_model
    from fivebyfive.files import make_folder, write_atomically
    from fivebyfive.model import load
    from fivebyfive.views import charts

    with printing_apart():
        loaded = load(model, network)
    dataset = data_of(loaded, data, cache=cache, skip_broken=skip_broken)
    if dataset.left_out:
        say(dataset.left_out_in_words(), error=json)
    with printing_apart():
        result = evaluate_model(loaded, dataset)
    if not current().first:
        return
    if json:
        found = {"network": loaded.name, "outputs": loaded.outputs, "preparation": loaded.preparation}
        say_document({**found, "data": dataset.name, **result.as_json()})
    elif result.unanswered < len(result.labels):
        say(loaded.in_words())
        say(dataset.in_words())
        _print(result, loaded.name, dataset.name)
    if result.unanswered == len(result.labels):
        raise Failure(
            f"{loaded.name} gives no number (NaN or infinite) for any of {len(result.labels):,} images of "
            f"{dataset.name}, so it has no accuracy; its weights are damaged, or its training ran away"
        )
    if warning := result.warning():
        say(f"warning: {warning}", error=True)
    folder = out or _folder(model)
    make_folder(folder)
    for name, figure in (
        ("confusion.png", charts.confusion(result)),
        ("mistakes.png", charts.mistakes(result)),
    ):
        write_atomically(folder / name, functools.partial(charts.write, figure))
    if mistakes is not None:
        from fivebyfive.views.mistakes import write_mistakes

        say(f"mistakes: {write_mistakes(result, mistakes):,} pictures in {mistakes}", error=json)
    say(f"pictures: {folder / 'confusion.png'} and {folder / 'mistakes.png'}", error=json)


def _folder(model: str | None) -> Path:
    """The run folder itself; for a model that has none, a folder of its name in runs/."""
    if model is not None and Path(model).is_dir():
        return Path(model)
    return Path("runs") / f"evaluate-{Path(model or 'shipped').stem}"


def _print(result: "Evaluation", network: str, data: str) -> None:
    from fivebyfive.evaluation import TOP

    screen = console()
    say(f"{network} on {len(result.labels):,} images of {data}")
    screen.print(f"accuracy {result.accuracy:.4%} ({result.images_per_second:,.0f} images/s)", style="bold")
    if len(result.labels) > 256:
        say(f"accuracy {result.accuracy_first_256:.4%} on the first 256, as in the post")
    top = f"{result.top_5:.4%} among its five most probable, " if len(result.classes) > TOP else ""
    say(
        f"{top}macro-F1 {result.macro_f1:.4f}, loss {result.loss:.4f}, calibration error {result.calibration_error:.4f}"
    )
    if result.unanswered:
        say(f"{result.unanswered:,} images got no number (NaN or infinite) as answer; they count as wrong")
    names = [printable(name) for name in result.classes]
    scores = _table("class", *HEADS)
    for name, of_class in zip(names, result.scores.values(), strict=True):
        shares = (_share(of_class.recall), _share(of_class.precision), f"{of_class.f1:.4f}", f"{of_class.images:,}")
        scores.add_row(Text(name), *shares)
    screen.print(scores, soft_wrap=True)
    if len(names) > MOST_CLASSES:
        return
    table = _table("class")
    for name in names:
        table.add_column(Text(name), justify="right", style="dim")
    for row, name in enumerate(names):
        counts = [_count(int(n), row == column) for column, n in enumerate(result.confusion[row])]
        table.add_row(Text(name), *counts)
    screen.print(table, soft_wrap=True)
    screen.print("rows: what the image shows; columns: what the network said", style="dim")


def _table(*heads: str) -> Table:
    return Table(*heads, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _count(n: int, right: bool) -> Text:
    return Text(f"{n}", "bold green") if right else Text(f"{n}", "red") if n else Text("·")
