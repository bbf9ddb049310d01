"""Training: a network, a data set and a recipe in; a run folder with a model out.

`train` starts a run and `resume` goes on with one that was stopped or killed; both end in the very same weights.
"""

import dataclasses
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn
from torch.optim import Optimizer

from fivebyfive import datasets, endings, facts, trust
from fivebyfive.datasets import Dataset, together, twice
from fivebyfive.errors import Failure, InputError
from fivebyfive.evaluation import Evaluation, evaluate
from fivebyfive.files import write_atomically
from fivebyfive.group import current
from fivebyfive.model import WEIGHTS, Model, load, save
from fivebyfive.networks import hub, parameter_count
from fivebyfive.networks.spec import Spec, parse
from fivebyfive.outputs import IN_WORDS
from fivebyfive.progress import Progress
from fivebyfive.state import tensors_of
from fivebyfive.training import checkpoint, devices, distributed, folder, loop, own, plans, reels, restarts
from fivebyfive.training.filming import Filming, filming
from fivebyfive.training.frames import FRAMES, MOST_FRAMES
from fivebyfive.training.notebook import NotebookReport, in_notebook
from fivebyfive.training.onlooker import Onlooker, Told
from fivebyfive.training.plans import Plan
from fivebyfive.training.preparing import Learner, default_network, prepare
from fivebyfive.training.recipe import Recipe, counted, default_for, is_photograph, suited
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.stopping import stop_signals


@dataclass(frozen=True)
class Run:
    """What a training came to.

    Attributes:
        steps: taken in all.
        finished: false when it was stopped; `resume` goes on with it.
        model: the network as trained so far.
        evaluation: over the test images; None until the run is finished.
    """

    folder: Path
    plan: Plan
    steps: int
    train_seconds: float
    finished: bool
    model: Model
    evaluation: Evaluation | None

    def as_json(self) -> dict[str, Any]:
        """The document that ``5x5 train --json`` prints."""
        samples = self.steps * self.plan.recipe.batch_size
        document = {
            "run": str(self.folder),
            "network": self.plan.network,
            "recipe": self.plan.recipe.name,
            "parameters": parameter_count(self.model.network),
            "samples": samples,
            "train_seconds": round(self.train_seconds, 3),
            "images_per_second": round(samples / self.train_seconds, 1) if self.train_seconds else 0.0,
            "seed": self.plan.seed,
        }
        if self.evaluation is not None:
            document["test_accuracy"] = self.evaluation.accuracy
            document["test_accuracy_first_256"] = self.evaluation.accuracy_first_256
        return document


def _told(reporter: Reporter | None, onlooker: Onlooker | None) -> Told:
    """Who is told, and looks on; of several processes, only the first one's."""
    if not current().first:
        return Reporter(), None
    return reporter or (NotebookReport() if in_notebook() else Reporter()), onlooker


@endings.shared
def train(
    network: str | nn.Module | None = None,
    data: Any = "mnist",
    recipe: str | Recipe | None = None,
    *,
    seed: int = 0,
    out: str | Path | None = None,
    skip_broken: bool = False,
    init: str | Path | None = None,
    device: str | None = None,
    checkpoint_seconds: float = 10.0,
    film: int = FRAMES,
    reporter: Reporter | None = None,
    onlooker: Onlooker | None = None,
    **values: Any,
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
        skip_broken: go on without the pictures of a folder that cannot be read.
        init: weights to begin with: a file, safetensors or a state dict, or a run folder; the last layer begins anew
            unless it told the same classes.
        device: "cpu", "cuda", "cuda:1", …; None: a GPU where there is one.
        checkpoint_seconds: of training between two checkpoints: what a kill can cost at the most.
        film: frames of a film of the training, at the most, for `fivebyfive.learn`; 0: none.
        onlooker: sees the network itself, and may hold it up.
        values: of the recipe, changed: ``epochs=5``, ``samples=5000``. A small data set is otherwise shown at most
            `recipe.MOST_EPOCHS` times.

    Raises:
        InputError: anything about the call or the data is wrong; nothing was trained or written.
    """
    chosen = devices.device(device)
    own_size = hub.own_size(network) if isinstance(network, str) and hub.is_named(network) else None
    with current().in_turn():
        dataset = _loaded(data, own_size, skip_broken)
    network = network or default_network(dataset.shape)
    pretrained = init is not None or (isinstance(network, str) and hub.has_weights(network))
    recipe = _recipe(recipe, network, dataset, pretrained, values)
    _check_seed(seed)
    _check_film(film)
    if recipe.ensemble > 1 and isinstance(network, nn.Module):
        raise InputError("an ensemble is made of networks that differ; give the network by name, not a module")
    facts.shape(dataset.shape, dataset.name)  # of what is larger, no model could be loaded
    facts.classes(dataset.classes, dataset.name)
    named = parse(network).absolute().times(recipe.ensemble) if isinstance(network, str) else network
    code = trust.by_user(named) if isinstance(named, Spec) else None
    name = str(named) if isinstance(named, Spec) else type(named).__qualname__
    plan = plans.plan(name, recipe, seed, dataset, own.digest(code), film)
    plan = dataclasses.replace(plan, device=device or "", init=str(Path(init).resolve()) if init else "")
    distributed.expect_shareable(plan)
    told = _told(reporter, onlooker)
    learner = prepare(named, code, plan, dataset, chosen, init)

    def begin(place: Path) -> None:
        if isinstance(network, nn.Module) or pretrained:  # no seed gives these weights again: a resumed run needs them
            optimizer = loop.optimizer_for(learner.model.network, recipe, learner.head)
            checkpoint.save(place / folder.CHECKPOINT, 0, 0.0, learner.model.network, optimizer)

    with restarts.run_folder(Path(out) if out else None, plan, begin) as (place, done):
        own.remember(named, plan, told[0])
        return (_as_it_ended if done else _go_on)(learner, dataset, plan, place, checkpoint_seconds, told)


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
) -> Run:
    """Go on with a run that was stopped or killed, from its last checkpoint to its end.

    Args:
        network: the module, if the run was begun with one.
        data: the data, if it was no path.
        device: where it goes on; None: where it was begun. Another kind of device rounds in another way.

    Raises:
        InputError: there is no such run, it is finished or being trained, or its data or code are not what they were.
    """
    place = Path(run)
    with distributed.by_first(lambda: folder.unfinished(place)) as plan:
        distributed.expect_shareable(plan)
        named = parse(plan.network) if network is None else network
        own.expect_same(named, plan, place)
        code = own.trusted(named, plan, place)
        with current().in_turn():
            dataset = _loaded(plan.data if data is None else data, plan.shape, plan.skip_broken)
        if (dataset.sha256, dataset.classes, dataset.shape) != (plan.data_sha256, plan.classes, plan.shape):
            raise InputError(f"data {plan.data} has changed since run {place} began; train anew with another --out")
        learner = prepare(named, code, plan, dataset, devices.device(device or plan.device or None))
        return _go_on(learner, dataset, plan, place, checkpoint_seconds, _told(reporter, onlooker))


def _recipe(
    recipe: str | Recipe | None, network: str | nn.Module, data: Dataset, pretrained: bool, values: Mapping[str, Any]
) -> Recipe:
    """The recipe that is meant, for so many images as there are to learn."""
    if isinstance(recipe, Recipe):
        return counted(recipe, len(data.train))
    name = network if isinstance(network, str) else ""
    return suited(recipe or default_for(name, data.shape, pretrained), len(data.train), values)


def _loaded(data: Any, size: tuple[int, int, int] | None, skip_broken: bool) -> Dataset:
    """The data set that `data` is, or at `data`, with the whole path for its name: so a run is good from any folder."""
    if isinstance(data, Dataset):
        return data
    if not isinstance(data, str | Path):
        return datasets.given(data, size=size and size[:2])
    dataset = datasets.load(data, size, skip_broken=skip_broken)
    return dataset if data in datasets.NAMES else dataclasses.replace(dataset, name=str(Path(data).resolve()))


def _go_on(learner: Learner, data: Dataset, plan: Plan, place: Path, checkpoint_seconds: float, told: Told) -> Run:
    try:
        return _train_on(learner, data, plan, place, checkpoint_seconds, told)
    except Failure as error:
        raise Failure(f"{error}; then go on with: 5x5 train --resume {place}") from None


def _train_on(learner: Learner, data: Dataset, plan: Plan, place: Path, checkpoint_seconds: float, told: Told) -> Run:
    reporter, onlooker = told
    model, head = learner.model, learner.head
    network = model.network
    images = together(data.train, data.validation) if plan.recipe.use_validation else data.train
    optimizer = loop.optimizer_for(network, plan.recipe, head)
    first = current().first
    first_step, seconds = distributed.restored(place / folder.CHECKPOINT, network, optimizer, plan.recipe.steps())
    if first:
        folder.rewind(place, first_step)
    film = _film(model, optimizer, data, plan, place, reporter)
    reporter.started(plan, place, first_step, network, _found(learner, data, plan, first_step, film))
    if film is not None:
        film.begin(first_step, seconds)
    with stop_signals() as stopping:
        seconds_apart = checkpoint_seconds if first else math.inf
        keeper = _Keeper(place, network, optimizer, seconds_apart, reporter, onlooker, stopping, film, seconds)
        if onlooker is not None:
            onlooker.begins(model, data, plan, optimizer, first_step, stopping)
        steps, seconds = loop.run(
            network, optimizer, images, plan.recipe, plan.seed, keeper, first_step, seconds, model.outputs, film, head
        )
    finished = steps == plan.recipe.steps()
    if onlooker is not None:
        onlooker.trained(steps, finished)
    network.eval()
    run = Run(place, plan, steps, seconds, finished, model, None)
    if not finished:
        if first:
            _save(place, steps, seconds, network, optimizer, film)
        return run
    if film is not None:
        film.write()
    _expect_finite(all(bool(v.isfinite().all()) for v in tensors_of(network).values()), steps)
    run = dataclasses.replace(run, evaluation=evaluate(network, data.test, plan.classes, outputs=model.outputs))
    if first:
        _keep(run)
    return run


def _as_it_ended(learner: Learner, data: Dataset, plan: Plan, place: Path, *_: object) -> Run:
    """A run that had come to its end when its processes were started again."""
    results = folder.read(place)[1]["results"]
    model = learner.model
    network = load(place, model.network).network
    evaluation = evaluate(network, data.test, plan.classes, outputs=model.outputs)
    return Run(place, plan, plan.recipe.steps(), results["train_seconds"], True, model, evaluation)


def _keep(run: Run) -> None:
    """Write model and curves, and last of all that the run is done."""
    from fivebyfive.views import charts

    save(run.folder / WEIGHTS, run.model)
    curves = charts.curves(folder.history(run.folder), run.plan.recipe.batch_size)
    write_atomically(run.folder / folder.CURVES, lambda path: charts.write(curves, path))
    folder.flush_metrics(run.folder)
    folder.finish(run.folder, {"state": "done", **run.plan.as_json(), "results": run.as_json()})


def _save(
    place: Path, step: int, seconds: float, network: nn.Module, optimizer: Optimizer, film: Filming | None
) -> None:
    """Write a checkpoint; the metrics and the film up to it are on the disk before it is."""
    folder.flush_metrics(place)
    if film is not None:
        film.write()
    checkpoint.save(place / folder.CHECKPOINT, step, seconds, network, optimizer)


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
    shared = current().in_words()
    about = (*learner.said, photographs, shared, IN_WORDS.get(model.outputs), film and film.in_words())
    doubled = () if first_step or data.name in datasets.NAMES else twice.found(data)
    return tuple(sentence for sentence in (*data.found(), *doubled, f"{count}{going_on}", *about) if sentence)


@dataclass
class _Keeper:
    """Watches the loop for the run folder: logs, saves a checkpoint now and then, and passes everything on."""

    place: Path
    network: nn.Module
    optimizer: Optimizer
    checkpoint_seconds: float
    reporter: Reporter
    onlooker: Onlooker | None
    stopping: threading.Event
    film: Filming | None
    saved_at: float = field(default=0.0)

    def stepped(self, step: int, seconds: float) -> bool:
        self.reporter.stepped(step, seconds)
        if seconds - self.saved_at >= self.checkpoint_seconds:
            _save(self.place, step, seconds, self.network, self.optimizer, self.film)
            self.saved_at = seconds
        if self.onlooker is not None:
            self.onlooker.stepped(step, self.stopping)
        return current().any(self.stopping.is_set())

    def displayed(self, progress: Progress) -> None:
        _expect_finite(math.isfinite(progress.loss), progress.step)
        if not current().first:
            return
        folder.log(self.place, progress)
        self.reporter.displayed(progress)
        if self.onlooker is not None:
            self.onlooker.displayed(progress)


def _expect_finite(finite: bool, step: int) -> None:
    if not finite:
        raise InputError(
            f"training has run away: after step {step} the network's values are no numbers any more; "
            "train anew with a lower learning rate"
        )


def _check_film(frames: int) -> None:
    if not 0 <= frames <= MOST_FRAMES:
        raise InputError(f"film is {frames}; a whole number of frames from 0 (no film) to {MOST_FRAMES} was expected")


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**31:
        raise InputError(f"seed is {seed}; a whole number from 0 to {2**31 - 1} was expected")
