"""Training: a network, a data set and a recipe in; a run folder with a model out.

`train` starts a run and `resume` goes on with one that was stopped or killed; both end in the very same weights.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from torch import nn
from torch.optim import Optimizer

from fivebyfive import datasets, endings, facts, trust
from fivebyfive.datasets import Dataset, Images, together, twice
from fivebyfive.errors import Failure, InputError
from fivebyfive.evaluation import evaluate_network
from fivebyfive.files import write_atomically
from fivebyfive.group import current
from fivebyfive.model import WEIGHTS, Model, load, save
from fivebyfive.networks import hub, in_file, parameter_count
from fivebyfive.networks.spec import Spec, parse
from fivebyfive.outputs import IN_WORDS
from fivebyfive.pictures.fitting import USUAL
from fivebyfive.state import tensors_of
from fivebyfive.training import (
    checkpoint,
    devices,
    distributed,
    folder,
    loading,
    logs,
    loop,
    own,
    plans,
    rates,
    reels,
    restarts,
    starting,
    validating,
    watching,
    weighing,
)
from fivebyfive.training.filming import Filming, filming
from fivebyfive.training.frames import FRAMES, MOST_FRAMES
from fivebyfive.training.notebook import NotebookReport, in_notebook
from fivebyfive.training.onlooker import Onlooker, Told
from fivebyfive.training.plans import Plan
from fivebyfive.training.preparing import Learner, default_network, prepare
from fivebyfive.training.recipe import Recipe, asked, changed, counted, default_for, is_photograph, suited
from fivebyfive.training.reporter import Reporter, Several
from fivebyfive.training.result import Run
from fivebyfive.training.stopping import stop_signals
from fivebyfive.training.validating import Validation
from fivebyfive.training.values import Values
from fivebyfive.training.watching import Callback


@dataclasses.dataclass(frozen=True)
class _Training:
    """All that a training goes on with, whether it was begun now or before."""

    learner: Learner
    data: Dataset
    plan: Plan
    place: Path
    checkpoint_seconds: float
    told: Told
    callback: Callback | None


def _told(reporter: Reporter | None, onlooker: Onlooker | None, log: Sequence[str]) -> Told:
    """Who is told of a training, and looks on; of several processes, only the first one's."""
    if not current().first:
        return Reporter(), None
    reporter = reporter or (NotebookReport() if in_notebook() else Reporter())
    return Several(reporter, *logs.opened(log)) if log else reporter, onlooker


@endings.shared
def train(
    network: str | nn.Module | None = None,
    data: Any = "mnist",
    recipe: str | Recipe | None = None,
    *,
    seed: int = 0,
    out: str | Path | None = None,
    size: loading.Size = None,
    fit: str = USUAL,
    cache: bool = True,
    skip_broken: bool = False,
    init: str | Path | None = None,
    device: str | None = None,
    checkpoint_seconds: float = 10.0,
    film: int = FRAMES,
    reporter: Reporter | None = None,
    onlooker: Onlooker | None = None,
    callback: Callback | None = None,
    log: Sequence[str] = (),
    **values: Unpack[Values],
) -> Run:
    """Train a network and keep what comes of it in a run folder.

    Args:
        network: "conv_net", another network of this package, FILE.py:NAME, or a module, which is trained in place;
            None: "photo_net" for photographs, "conv_net" for all else.
        data: "mnist", a path, or a data set that is loaded already; arrays ``(x, y)``, a data set of PyTorch or Hugging
            Face, or several of these as parts: ``{"train": …, "test": …}``.
        recipe: a recipe or its name; None: the one that goes with the pictures, the network and where it begins.
        seed: of the initial weights, the shuffling, the dropout and all other random numbers of PyTorch, NumPy and
            Python. The same seed gives the same weights.
        out: the run folder; None: the next free one in ``runs/``.
        size: height and width of the pictures, or the side of square ones; None: what the network was made for, or
            what the pictures suggest.
        fit: how pictures of another shape come to that size: "squeeze", "crop", "pad" or "resize".
        cache: keep decoded pictures on the disk; false: decode them each time, where memory does not hold all.
        skip_broken: go on without the pictures of a folder that cannot be read.
        init: weights to begin with: a file, safetensors or a state dict, or a run folder; the last layer begins anew
            unless it told the same classes.
        device: "cpu", "cuda", "cuda:1", …; None: a GPU where there is one.
        checkpoint_seconds: of training between two checkpoints: what a kill can cost at the most.
        film: frames of a film of the training, at the most, for `fivebyfive.learn`; 0: none.
        onlooker: sees the network itself, and may hold it up.
        callback: is called with a `progress.Progress` after every `display_step` steps, and with a `progress.Look`
            after each look at the validation images; where it returns True, the training ends there, finished.
        log: where its figures are written too: some of `logs.NAMES`.
        values: of the recipe, changed: ``epochs=5``, ``samples=5000``. A small data set is otherwise shown at most
            `recipe.MOST_EPOCHS` times. With ``learning_rate="auto"`` it is found by a short search.

    Raises:
        InputError: anything about the call or the data is wrong; nothing was trained or written.
    """
    changes, search = asked(values)
    if init is not None:
        starting.weights_of(init)  # says what is wrong before the data is read
    chosen = devices.device(device)
    with current().in_turn():
        dataset = loading.loaded(data, network, size, fit, cache, skip_broken)
    network = network or default_network(dataset.shape)
    pretrained = init is not None or (isinstance(network, str) and hub.has_weights(network))
    recipe = _recipe(recipe, network, dataset, pretrained, changes)
    _check_seed(seed)
    _check_film(film)
    _check_checkpoints(checkpoint_seconds)
    validating.expect_images(dataset.validation, recipe, dataset.name)
    if recipe.ensemble > 1 and isinstance(network, nn.Module):
        raise InputError("an ensemble is made of networks that differ; give the network by name, not a module")
    facts.shape(dataset.shape, dataset.name)  # of what is larger, no model could be loaded
    facts.classes(dataset.classes, dataset.name)
    named = in_file.named(network).absolute().times(recipe.ensemble) if isinstance(network, str) else network
    code = trust.by_user(named) if isinstance(named, Spec) else None
    name = str(named) if isinstance(named, Spec) else type(named).__qualname__
    plan = plans.plan(name, recipe, seed, dataset, own.digest(code), film)
    began = str(Path(init).resolve()) if init else ""
    plan = dataclasses.replace(plan, cache=cache, device=device or "", init=began)
    distributed.expect_shareable(plan)
    told = _told(reporter, onlooker, log)
    learner = prepare(named, code, plan, dataset, chosen, init)
    plan = dataclasses.replace(plan, recipe=learner.recipe, head=tuple(sorted(learner.head)))
    if search:
        plan, learner = _searched(learner, plan, dataset)

    def begin(place: Path) -> None:
        if isinstance(network, nn.Module) or pretrained:  # no seed gives these weights again: a resumed run needs them
            optimizer = loop.optimizer_for(learner.model.network, plan.recipe, learner.head)
            checkpoint.save(place / folder.CHECKPOINT, 0, 0.0, learner.model.network, optimizer)

    with restarts.run_folder(Path(out) if out else None, plan, begin) as (place, done):
        own.remember(named, plan, told[0])
        training = _Training(learner, dataset, plan, place, checkpoint_seconds, told, callback)
        return _as_it_ended(training) if done else _go_on(training)


@endings.shared
def resume(
    run: str | Path,
    network: nn.Module | None = None,
    data: Any = None,
    *,
    device: str | None = None,
    checkpoint_seconds: float = 10.0,
    reporter: Reporter | None = None,
    onlooker: Onlooker | None = None,
    callback: Callback | None = None,
    log: Sequence[str] = (),
) -> Run:
    """Go on with a run that was stopped or killed, from its last checkpoint to its end.

    Args:
        network: the module, if the run was begun with one.
        data: the data, if it was no path.
        device: where it goes on; None: where it was begun. Another kind of device rounds in another way.

    Raises:
        InputError: there is no such run, it is finished or being trained, or its data or code are not what they were.
    """
    _check_checkpoints(checkpoint_seconds)
    place = Path(run)
    with distributed.by_first(lambda: folder.unfinished(place)) as plan:
        distributed.expect_shareable(plan)
        named = parse(plan.network) if network is None else network
        own.expect_same(named, plan, place)
        code = own.trusted(named, plan, place)
        with current().in_turn():
            dataset = loading.again(plan, data)
        if (dataset.sha256, dataset.classes, dataset.shape) != (plan.data_sha256, plan.classes, plan.shape):
            raise InputError(f"data {plan.data} has changed since run {place} began; train anew with another --out")
        learner = prepare(named, code, plan, dataset, devices.device(device or plan.device or None))
        told = _told(reporter, onlooker, log)
        return _go_on(_Training(learner, dataset, plan, place, checkpoint_seconds, told, callback))


def _recipe(
    recipe: str | Recipe | None, network: str | nn.Module, data: Dataset, pretrained: bool, values: Mapping[str, Any]
) -> Recipe:
    """The recipe that is meant, for so many images as there are to learn."""
    if isinstance(recipe, Recipe):
        return counted(changed(recipe, values), len(data.train))
    name = network if isinstance(network, str) else ""
    return suited(recipe or default_for(name, data.shape, pretrained), len(data.train), values)


def _searched(learner: Learner, plan: Plan, data: Dataset) -> tuple[Plan, Learner]:
    """The plan with learning rates that were found, and the model that says so."""
    model = learner.model
    about = (plan.recipe, plan.seed, model.outputs, learner.head)
    recipe, steps = rates.found(model.network, _learned(data, plan), *about)
    plan = dataclasses.replace(plan, recipe=recipe, searched=steps)
    model = dataclasses.replace(model, facts=model.facts | {"recipe": plan.as_json()["recipe"]})
    return plan, dataclasses.replace(learner, model=model)


def _learned(data: Dataset, plan: Plan) -> Images:
    """The images to learn from."""
    return together(data.train, data.validation) if plan.recipe.use_validation else data.train


def _go_on(training: _Training) -> Run:
    run = None
    try:
        run = _train_on(training)
    except Failure as error:
        raise Failure(f"{error}; then go on with: 5x5 train --resume {training.place}") from None
    finally:
        training.told[0].ended(run.as_json() if run and run.finished else None)
    return run


def _train_on(training: _Training) -> Run:
    learner, data, plan, place = training.learner, training.data, training.plan, training.place
    reporter, onlooker = training.told
    model, head = learner.model, learner.head
    network, recipe, first = model.network, plan.recipe, current().first
    images = _learned(data, plan)
    optimizer = loop.optimizer_for(network, recipe, head)
    first_step, seconds = distributed.restored(place / folder.CHECKPOINT, network, optimizer, recipe.steps())
    if first:
        folder.rewind(place, first_step)
    film = _film(model, optimizer, data, plan, place, reporter)
    validation = _validation(model, optimizer, data, plan, place)
    reporter.started(plan, place, first_step, network, _found(learner, data, plan, first_step, film))
    if film is not None:
        film.begin(first_step, seconds)
    with stop_signals() as stopping:
        keeper = watching.Keeper(
            place, network, optimizer, training.checkpoint_seconds if first else math.inf, training.told, stopping,
            film, validation, training.callback, saved=(first_step, seconds),
        )  # fmt: skip
        if onlooker is not None:
            onlooker.begins(model, data, plan, optimizer, first_step, stopping)
        steps, seconds = loop.run(
            network, optimizer, images, recipe, plan.seed, keeper, first_step, seconds, model.outputs, film, head
        )
    finished = steps == recipe.steps() or keeper.ended != ""
    if onlooker is not None:
        onlooker.trained(steps, finished)
    if keeper.ended:
        loop.settle(network, optimizer, images, recipe, plan.seed)
    network.eval()
    run = Run(place, plan, steps, seconds, finished, model, None, keeper.ended)
    if not finished:
        if first:
            watching.save(place, steps, seconds, network, optimizer, film)
        return run
    if film is not None:
        film.write()
    watching.expect_finite(all(bool(v.isfinite().all()) for v in tensors_of(network).values()), steps)
    look = validation.keep(steps) if validation is not None else None
    evaluation = evaluate_network(network, data.test, plan.classes, outputs=model.outputs)
    run = dataclasses.replace(run, evaluation=evaluation, look=look)
    if first:
        _keep(run)
    return run


def _as_it_ended(training: _Training) -> Run:
    """A run that had come to its end when its processes were started again."""
    plan, place, model = training.plan, training.place, training.learner.model
    results = folder.read(place)[1]["results"]
    network = load(place, model.network).network
    evaluation = evaluate_network(network, training.data.test, plan.classes, outputs=model.outputs)
    return Run(place, plan, plan.recipe.steps(), results["train_seconds"], True, model, evaluation)


def _validation(model: Model, optimizer: Optimizer, data: Dataset, plan: Plan, place: Path) -> Validation | None:
    """What looks at the validation images, if the recipe has it."""
    if not plan.recipe.looks():
        return None
    about = (model.network, optimizer, plan.recipe, plan.seed, data.train, data.validation, plan.classes, model.outputs)
    return Validation(
        *about, folder=place / folder.CHECKPOINT, looks=current().told(folder.looks(place) if current().first else [])
    )


def _keep(run: Run) -> None:
    """Write model and curves, and last of all that the run is done."""
    from fivebyfive.views import charts

    save(run.folder / WEIGHTS, run.model)
    curves = charts.curves(folder.history(run.folder), run.plan.recipe.batch_size, folder.looks(run.folder))
    write_atomically(run.folder / folder.CURVES, lambda path: charts.write(curves, path))
    folder.flush_metrics(run.folder)
    folder.finish(run.folder, {"state": "done", **run.plan.as_json(), "results": run.as_json()})


def _film(
    model: Model, optimizer: Optimizer, data: Dataset, plan: Plan, place: Path, reporter: Reporter
) -> Filming | None:
    """What films the training, if it is to be filmed."""
    if not plan.film or not current().first:
        return None
    about = (plan.recipe, plan.film, data, model.outputs)
    return filming(place / reels.FILM, model.network, optimizer, *about, reporter.warned)


def _found(learner: Learner, data: Dataset, plan: Plan, first_step: int, film: Filming | None) -> tuple[str, ...]:
    """What is said of a training before its first step: what was found in the data, and of the network."""
    model = learner.model
    count = f"{model.name}: {parameter_count(model.network):,} parameters"
    going_on = f"; going on after step {first_step:,}" if first_step else ""
    photographs = plan.recipe.in_words() if is_photograph(plan.shape) else None
    doubled = () if first_step or data.name in datasets.NAMES else twice.found(data)
    learned = (photographs, rates.in_words(plan), weighing.in_words(data.train.labels, plan.classes, plan.recipe))
    shown = (current().in_words(), validating.in_words(plan.recipe, data.validation), film and film.in_words())
    about = (f"{count}{going_on}", *learner.said, *learned, IN_WORDS.get(model.outputs), *shown)
    return tuple(sentence for sentence in (*data.found(), *doubled, *about) if sentence)


def _check_film(frames: int) -> None:
    if not 0 <= frames <= MOST_FRAMES:
        raise InputError(f"film is {frames}; a whole number of frames from 0 (no film) to {MOST_FRAMES} was expected")


def _check_checkpoints(seconds: float) -> None:
    if not seconds >= 0:  # NaN neither
        raise InputError(f"checkpoint_seconds is {seconds}; 0 or more was expected")


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**31:
        raise InputError(f"seed is {seed}; a whole number from 0 to {2**31 - 1} was expected")
