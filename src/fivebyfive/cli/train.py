"""``5x5 train``: a network, a recipe and a data set in; a run folder out."""

import contextlib
import dataclasses
import functools
import inspect
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from fivebyfive.cli import options
from fivebyfive.cli.foreign import printing_apart
from fivebyfive.cli.printing import say, say_document
from fivebyfive.errors import InputError
from fivebyfive.group import current
from fivebyfive.training import recipe as recipes
from fivebyfive.training.frames import FRAMES, MOST_FRAMES
from fivebyfive.training.recipe import AUTO

if TYPE_CHECKING:
    from fivebyfive.serving.watch import Watch
    from fivebyfive.training.result import Run


def _with_recipe_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` an option for every value of a recipe; None means: as the recipe has it."""
    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    values = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=_annotation(field),
        )
        for field in recipes.options()
    ]
    wrapped = functools.wraps(command)(lambda *args, **kwargs: command(*args, **kwargs))
    wrapped.__signature__ = signature.replace(parameters=[*own, *values])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in [*own, *values]}
    return wrapped


def _annotation(field: "dataclasses.Field[Any]") -> Any:
    """The option for a value of a recipe; the learning rate may also be searched for."""
    searched = field.name == "learning_rate"
    said = f"{field.metadata['help']}{' auto: found by a short search.' if searched else ''}"
    option = typer.Option(
        help=said,
        show_default=False,
        rich_help_panel="The recipe's values",
        parser=_rate if searched else None,
        metavar="FLOAT|auto" if searched else None,
    )
    return Annotated[field.type | None, option]  # type: ignore[operator]


def _rate(text: str) -> float | str:
    """A learning rate as it is written, or that it is to be found."""
    if text == AUTO:
        return AUTO
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number; give one, or auto") from None


_OF_A_CALL = ("resume", "device", "processes", "checkpoint_seconds", "tensorboard", "log", "watch", "json")
"""What says nothing of the run itself, only of how it is trained and watched this time."""


@_with_recipe_options
def train(
    context: typer.Context,
    network: Annotated[
        str | None,
        typer.Argument(
            help="conv_net, perceptron, quick, deep, best, photo_net, FILE.py:NAME of your own, timm:NAME or hf:NAME; "
            "none: conv_net, for photographs photo_net.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="classic, good, quick or best; photos or finetune; none: the network's own, for photographs photos, "
            "from pretrained weights finetune.",
            show_default=False,
        ),
    ] = None,
    data: options.Data = "mnist",
    size: options.Size = None,
    fit: options.Fit = "squeeze",
    cache: options.Cache = True,
    skip_broken: options.SkipBroken = False,
    seed: Annotated[int, typer.Option(help="Of weights, shuffling and dropout; the same seed, the same weights.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="The run folder; none: the next free one in runs/.", show_default=False)
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(
            help="Begin with the weights of this file or run: safetensors, or a state dict.", show_default=False
        ),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, cuda:1 or mps; none: a GPU where there is one.", show_default=False)
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with a run that was stopped.", show_default=False)] = None,
    checkpoint_seconds: Annotated[float, typer.Option(help="Of training between two checkpoints.", min=0)] = 10.0,
    film: Annotated[
        int,
        typer.Option(help="Frames of a film of how the weights change, at the most; 0: none.", min=0, max=MOST_FRAMES),
    ] = FRAMES,
    processes: Annotated[
        int, typer.Option(help="Processes that share every batch, each on a GPU or some cores of its own.", min=1)
    ] = 1,
    tensorboard: Annotated[bool, typer.Option(help="Write event files for TensorBoard into the run folder.")] = False,
    log: Annotated[
        list[str] | None,
        typer.Option(
            help="Write its figures there too: csv, tensorboard, wandb or mlflow; may be given several times."
        ),
    ] = None,
    watch: Annotated[bool, typer.Option(help="Follow it in the browser: pause, single steps, every filter.")] = False,
    json: options.Json = False,
    **values: Any,
) -> None:
    """Train a network. The default is the post's program on MNIST."""
    changes = {name: value for name, value in values.items() if value is not None}
    if resume is not None:
        _expect_alone(context)
    else:
        recipes.get(recipe or recipes.default_for(network or ""), **recipes.asked(changes)[0])  # says what is wrong
    if processes > 1:
        _share(processes, context.obj)

    with contextlib.ExitStack() as kept:
        onlooker = kept.enter_context(_watched(json)) if watch and current().first else None
        from fivebyfive.cli.report import TrainingReport
        from fivebyfive.training import logs
        from fivebyfive.training import run as training
        from fivebyfive.training.reporter import Several

        names = [*(log or []), *(["tensorboard"] if tensorboard else [])]
        report = kept.enter_context(TrainingReport(to=sys.stderr if json else sys.stdout))
        reporter = Several(report, *logs.opened(names))
        if json:
            kept.enter_context(printing_apart())
        if resume is not None:
            run = training.resume(
                resume,
                device=device,
                checkpoint_seconds=checkpoint_seconds,
                reporter=reporter,
                onlooker=onlooker,
            )
        else:
            run = training.train(
                network,
                data,
                recipe,
                seed=seed,
                out=out,
                size=options.parsed_size(size),
                fit=fit,
                cache=cache,
                skip_broken=skip_broken,
                init=init,
                device=device,
                checkpoint_seconds=checkpoint_seconds,
                film=film,
                reporter=reporter,
                onlooker=onlooker,
                **changes,
            )
    _print_result(run, json)


def _share(processes: int, arguments: list[str]) -> NoReturn:
    """Let so many processes do this very call."""
    if not current().alone:
        raise InputError(
            "--processes is for a call without torchrun, which has started processes already; leave it out"
        )
    from fivebyfive.cli.processes import start

    raise typer.Exit(start(processes, arguments))


def _watched(json: bool) -> "Watch":
    """The page's process, started before PyTorch is loaded."""
    import socket

    from fivebyfive.serving.watch import Watch

    def show(address: str) -> None:
        say(f"Watch it at {address}", error=json)
        sys.stdout.flush()
        if _has_browser():
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    return Watch(socket.create_server(("127.0.0.1", 0), backlog=64), show)


def _has_browser() -> bool:
    """Whether there is one with windows of its own; one in the terminal would stand where the training prints."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _print_result(run: "Run", json: bool) -> None:
    if not run.finished:
        say(f"stopped after step {run.steps}; go on with: 5x5 train --resume {run.folder}", error=True)
        raise typer.Exit(130)
    if json:
        say_document(run.as_json())
        return
    assert run.evaluation is not None
    say("Optimization Finished!")
    if run.ended:
        say(f"Ended early, after step {run.steps:,} of {run.plan.recipe.steps():,}: {run.ended}")
    if run.look is not None:
        accuracy = f"{run.look.validation_accuracy:.2%} of the validation images are read rightly"
        say(f"The model is the network after step {run.look.step:,}: {accuracy}")
    if len(run.evaluation.labels) > 256:
        say(f"Testing Accuracy: {run.evaluation.accuracy_first_256} (the first 256 test images, as in the post)")
    say(f"Testing Accuracy: {run.evaluation.accuracy} (all {len(run.evaluation.labels):,} test images)")
    if warning := run.evaluation.warning():
        say(f"warning: {warning}", error=True)
    say(f"{run.train_seconds:.1f} s of training; {run.folder}/ holds the model, its curves and its numbers")
    if filmed := _film_size(run):
        say(f"{run.folder}/film/ holds how it learned, {filmed / 1e6:.1f} MB: fivebyfive.learn({str(run.folder)!r})")
    say(f"Next: 5x5 evaluate {run.folder}   5x5 explain --model {run.folder}   5x5 serve --model {run.folder}")


def _film_size(run: "Run") -> int:
    """Bytes of the film of `run`; 0 where there is none."""
    from fivebyfive.training import reels

    return reels.size(run.folder / reels.FILM)


def _expect_alone(context: typer.Context) -> None:
    """A run goes on as it was begun: nothing but how it is watched may be given beside `--resume`."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if (source := context.get_parameter_source(parameter.name or "")) and source.name == "COMMANDLINE"
        if parameter.name not in _OF_A_CALL
    ]
    if given:
        raise InputError(f"--resume goes on with the run as it was begun; leave out {', '.join(given)}")
