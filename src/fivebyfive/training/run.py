"""Training: a network, a data set and a recipe in; a run folder with a model out.

`train` starts a run and `resume` goes on with one that was stopped or killed; both end in the very same weights.
"""

import dataclasses
import math
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from fivebyfive import datasets, facts, trust
from fivebyfive.datasets import Dataset, together, twice
from fivebyfive.errors import Failure, InputError
from fivebyfive.evaluation import Evaluation, evaluate
from fivebyfive.files import write_atomically
from fivebyfive.model import TRIED, WEIGHTS, Model, save
from fivebyfive.networks import create, hub, members, own_code, parameter_count
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec, parse
from fivebyfive.outputs import IN_WORDS
from fivebyfive.pictures import preparation
from fivebyfive.progress import Progress
from fivebyfive.state import tensors_of
from fivebyfive.training import checkpoint, folder, initialization, loop, plans, randomness, reels
from fivebyfive.training.filming import Filming, filming
from fivebyfive.training.fitting import expect_fit, expect_kept
from fivebyfive.training.frames import FRAMES, MOST_FRAMES
from fivebyfive.training.notebook import NotebookReport, in_notebook
from fivebyfive.training.onlooker import Onlooker, Told
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import Recipe, default_for, suited
from fivebyfive.training.reporter import Reporter


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


def _usual_reporter() -> Reporter:
    return NotebookReport() if in_notebook() else Reporter()


def train(
    network: str | nn.Module = "conv_net",
    data: Any = "mnist",
    recipe: str | Recipe | None = None,
    *,
    seed: int = 0,
    out: str | Path | None = None,
    skip_broken: bool = False,
    checkpoint_seconds: float = 10.0,
    film: int = FRAMES,
    reporter: Reporter | None = None,
    onlooker: Onlooker | None = None,
    **values: Any,
) -> Run:
    """Train a network and keep what comes of it in a run folder.

    Args:
        network: "conv_net", another network of this package, FILE.py:NAME, or a module, which is trained in place.
        data: "mnist", a path, or a data set that is loaded already; arrays ``(x, y)``, a data set of PyTorch or Hugging
            Face, or several of these as parts: ``{"train": …, "test": …}``.
        recipe: a recipe or its name; None: the one that goes with the network.
        seed: of the initial weights, the shuffling, the dropout and all other random numbers of PyTorch, NumPy and
            Python. The same seed gives the same weights.
        out: the run folder; None: the next free one in ``runs/``.
        skip_broken: go on without the pictures of a folder that cannot be read.
        checkpoint_seconds: of training between two checkpoints: what a kill can cost at the most.
        film: frames of a film of the training, at the most, for `fivebyfive.learn`; 0: none.
        onlooker: sees the network itself, and may hold it up.
        values: of the recipe, changed: ``samples=5000``. A small data set is otherwise shown at most
            `recipe.MOST_EPOCHS` times.

    Raises:
        InputError: anything about the call or the data is wrong; nothing was trained or written.
    """
    own_size = hub.own_size(network) if isinstance(network, str) and hub.is_named(network) else None
    dataset = _loaded(data, own_size, skip_broken)
    if not isinstance(recipe, Recipe):
        name = recipe or default_for(network if isinstance(network, str) else "")
        recipe = suited(name, len(dataset.train), values)
    _check_seed(seed)
    _check_film(film)
    if recipe.ensemble > 1 and isinstance(network, nn.Module):
        raise InputError("an ensemble is made of networks that differ; give the network by name, not a module")
    facts.shape(dataset.shape, dataset.name)  # of what is larger, no model could be loaded
    facts.classes(dataset.classes, dataset.name)
    named = parse(network).absolute().times(recipe.ensemble) if isinstance(network, str) else network
    code = trust.by_user(named) if isinstance(named, Spec) else None
    name = str(named) if isinstance(named, Spec) else type(named).__qualname__
    plan = plans.plan(name, recipe, seed, dataset, _digest(code), film)
    reporter = reporter or _usual_reporter()
    model = _prepare(named, code, plan, dataset)

    def begin(place: Path) -> None:
        if isinstance(network, nn.Module):  # its initial weights follow from no seed, so a resumed run needs them
            checkpoint.save(place / folder.CHECKPOINT, 0, 0.0, network, loop.optimizer_for(network, recipe))

    with folder.created(Path(out) if out else None, plan, begin) as place:
        _remember(named, plan, reporter)
        return _go_on(model, dataset, plan, place, checkpoint_seconds, (reporter, onlooker))


def resume(
    run: str | Path,
    network: nn.Module | None = None,
    data: Any = None,
    *,
    checkpoint_seconds: float = 10.0,
    reporter: Reporter | None = None,
    onlooker: Onlooker | None = None,
) -> Run:
    """Go on with a run that was stopped or killed, from its last checkpoint to its end.

    Args:
        network: the module, if the run was begun with one.
        data: the data, if it was not a path.

    Raises:
        InputError: there is no such run, it is finished or being trained, or its data or code are not what they were.
    """
    place = Path(run)
    with folder.unfinished(place) as plan:
        named = parse(plan.network) if network is None else network
        _expect_same_code(named, plan, place)
        code = _trusted(named, plan, place)
        dataset = _loaded(plan.data if data is None else data, plan.shape, plan.skip_broken)
        if (dataset.sha256, dataset.classes, dataset.shape) != (plan.data_sha256, plan.classes, plan.shape):
            raise InputError(f"data {plan.data} has changed since run {place} began; train anew with another --out")
        model = _prepare(named, code, plan, dataset)
        told = (reporter or _usual_reporter(), onlooker)
        return _go_on(model, dataset, plan, place, checkpoint_seconds, told)


def _expect_same_code(network: nn.Module | Spec, plan: Plan, place: Path) -> None:
    """Half of a training by one code and half by another comes to weights that neither makes."""
    if isinstance(network, Spec) and plan.code and _digest(trust.by_user(network)) != plan.code:
        raise InputError(
            f"the code of {plan.network} has changed since run {place} began; put it back as it was, or train anew "
            "with another --out"
        )


def _digest(code: Code | None) -> str:
    """SHA-256 of the file of a user's own network; "" for all others."""
    return "" if code is None else own_code.digest(code.sources[code.path])


def _loaded(data: Any, size: tuple[int, int, int] | None, skip_broken: bool) -> Dataset:
    """The data set that `data` is, or at `data`, with the whole path for its name: so a run is good from any folder."""
    if isinstance(data, Dataset):
        return data
    if not isinstance(data, str | Path):
        return datasets.given(data, size=size and size[:2])
    dataset = datasets.load(data, size, skip_broken=skip_broken)
    return dataset if data in datasets.NAMES else dataclasses.replace(dataset, name=str(Path(data).resolve()))


def _trusted(network: nn.Module | Spec, plan: Plan, place: Path) -> Code | None:
    """The code of a network that a run folder names, if it was trained here."""
    if isinstance(network, nn.Module):
        return None
    anew = "train it anew: 5x5 train SPEC"
    return trust.by_model(network, plan.shape, len(plan.classes), place, anew)


def _remember(network: nn.Module | Spec, plan: Plan, reporter: Reporter) -> None:
    """From now on the run may be gone on with, and its model used, without naming the code again."""
    if isinstance(network, nn.Module):
        return
    try:
        trust.remember(network, plan.shape, len(plan.classes))
    except OSError as error:
        said = f"that this network was trained here cannot be remembered ({error}); name it where its model is used"
        reporter.warned(f"{said}: --network {shlex.quote(str(network))}")


def _prepare(named: nn.Module | Spec, code: Code | None, plan: Plan, data: Dataset) -> Model:
    """The network with its initial weights, on the GPU where there is one; the random state follows from the seed."""
    randomness.seed(plan.seed)
    sizes = dict(zip(("height", "width", "channels", "classes"), (*plan.shape, len(plan.classes)), strict=True))
    network = create(named, code, **sizes) if isinstance(named, Spec) else named
    for member in members(network):
        if hasattr(member, "keep_prob"):
            setattr(member, "keep_prob", plan.recipe.keep_prob)  # noqa: B010 (modules type their attributes as tensors)
    if plan.recipe.he:
        initialization.he(network)
    network = network.to("cuda" if torch.cuda.is_available() else "cpu")
    some = data.train.pixels[:TRIED]
    found = {
        "outputs": expect_fit(network, plan.network, some, len(plan.classes)),
        "preparation": preparation.found_in(data.train.pixels[: 10 * TRIED]),
    }
    model = Model(network, plan.network, plan.classes, plan.shape, _facts(plan) | found)
    expect_kept(model, some, lambda: create(named, code, **sizes) if isinstance(named, Spec) else None)
    return model


def _go_on(model: Model, data: Dataset, plan: Plan, place: Path, checkpoint_seconds: float, told: Told) -> Run:
    try:
        return _train_on(model, data, plan, place, checkpoint_seconds, told)
    except Failure as error:
        raise Failure(f"{error}; then go on with: 5x5 train --resume {place}") from None


def _train_on(model: Model, data: Dataset, plan: Plan, place: Path, checkpoint_seconds: float, told: Told) -> Run:
    reporter, onlooker = told
    network = model.network
    images = together(data.train, data.validation) if plan.recipe.use_validation else data.train
    optimizer = loop.optimizer_for(network, plan.recipe)
    first_step, seconds = checkpoint.restore(place / folder.CHECKPOINT, network, optimizer, plan.recipe.steps())
    folder.rewind(place, first_step)
    film = _film(model, optimizer, data, plan, place, reporter)
    reporter.started(plan, place, first_step, network, _found(model, data, first_step, film))
    if film is not None:
        film.begin(first_step, seconds)
    with stop_signals() as stopping:
        keeper = _Keeper(place, network, optimizer, checkpoint_seconds, reporter, onlooker, stopping, film, seconds)
        if onlooker is not None:
            onlooker.begins(model, data, plan, optimizer, first_step, stopping)
        steps, seconds = loop.run(
            network, optimizer, images, plan.recipe, plan.seed, keeper, first_step, seconds, model.outputs, film
        )
    finished = steps == plan.recipe.steps()
    if onlooker is not None:
        onlooker.trained(steps, finished)
    network.eval()
    run = Run(place, plan, steps, seconds, finished, model, None)
    if not finished:
        _save(place, steps, seconds, network, optimizer, film)
        return run
    if film is not None:
        film.write()
    _expect_finite(all(bool(v.isfinite().all()) for v in tensors_of(network).values()), steps)
    run = dataclasses.replace(run, evaluation=evaluate(network, data.test, plan.classes, outputs=model.outputs))
    _keep(run)
    return run


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


def _facts(plan: Plan) -> dict[str, Any]:
    facts = plan.as_json()
    return {name: facts[name] for name in ("recipe", "seed", "data", "data_sha256", "versions")}


def _film(
    model: Model, optimizer: Optimizer, data: Dataset, plan: Plan, place: Path, reporter: Reporter
) -> Filming | None:
    """What films the training, if it is to be filmed."""
    if not plan.film:
        return None
    about = (plan.recipe, plan.film, data, model.outputs)
    return filming(place / reels.FILM, model.network, optimizer, *about, reporter.warned)


def _found(model: Model, data: Dataset, first_step: int, film: Filming | None) -> tuple[str, ...]:
    """What is said of a training before its first step: what was found in the data, and of the network."""
    count = f"{model.name}: {parameter_count(model.network):,} parameters"
    going_on = f"; going on after step {first_step:,}" if first_step else ""
    anew = () if first_step or data.name in datasets.NAMES else twice.found(data)
    said = (*data.found(), *anew, f"{count}{going_on}", IN_WORDS.get(model.outputs), film and film.in_words())
    return tuple(sentence for sentence in said if sentence)


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
        return self.stopping.is_set()

    def displayed(self, progress: Progress) -> None:
        _expect_finite(math.isfinite(progress.loss), progress.step)
        folder.log(self.place, progress)
        self.reporter.displayed(progress)
        if self.onlooker is not None:
            self.onlooker.displayed(progress)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C or a polite kill, so that a step is never cut in two; the second one insists."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
