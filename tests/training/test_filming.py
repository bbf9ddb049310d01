"""A training is filmed as it is: every number in a frame is one that the step used, and no step is another for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.networks import as_input, build
from fivebyfive.training import filming, loop, randomness, reels
from fivebyfive.training.filming import Filming
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.run import resume, train
from support import Silent, StopAt, weights

SHORT = {"samples": 400, "batch_size": 20}
RECIPES = [("conv_net", "classic", {}), ("quick", "quick", {}), ("quick", "quick", {"ensemble": 2}),
           ("conv_net", "good", {"averaging": 0.9}), ("deep", "best", {})]  # fmt: skip


@pytest.fixture
def all_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long filming takes, no frame is left out."""
    monkeypatch.setattr(filming, "SHARE", 1e9)


class Drawing(nn.Module):
    """Uses random numbers and counts, also where it does not learn."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.Linear(784, 10), nn.BatchNorm1d(10)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        out: Tensor = self.norm(self.layer(x.flatten(1))) * (1 + torch.rand(()) + 0.01 * self.calls)
        return out


@pytest.mark.parametrize(("network", "name", "changes"), RECIPES)
@pytest.mark.usefixtures("all_frames")
def test_a_training_ends_in_the_very_same_weights_with_and_without_a_film(
    tmp_path: Path, few: Dataset, network: str, name: str, changes: dict[str, float]
) -> None:
    recipe = get(name, **SHORT, **changes)
    for film in (0, 10):
        train(network, few, recipe, out=tmp_path / str(film), film=film)
    assert weights(tmp_path / "0") == weights(tmp_path / "10")
    assert not (tmp_path / "0" / reels.FILM).exists()
    assert len(fivebyfive.learn(tmp_path / "10")) == 10


@pytest.mark.usefixtures("all_frames")
def test_a_network_that_draws_and_counts_whenever_it_is_asked_does_not_notice_the_film(
    tmp_path: Path, few: Dataset
) -> None:
    for film in (0, 20):
        torch.manual_seed(1)
        train(Drawing(), few, get("classic", **SHORT), out=tmp_path / str(film), film=film)
    assert weights(tmp_path / "0") == weights(tmp_path / "20")


Taken = tuple[dict[str, Tensor], dict[str, dict[str, Tensor]], dict[str, Tensor], dict[str, Tensor]]


def watched(network: nn.Module, few: Dataset, recipe: Recipe) -> list[Taken]:
    """Step by step, the gradients, what the optimizer keeps, the weights before and those after; the loop's own way."""
    optimizer = loop.optimizer_for(network, recipe)
    taken: list[Taken] = []

    class Watching(Filming):
        def __init__(self) -> None:
            pass

        def stepping(self, step: int) -> None:
            del step
            self.before = {n: p.detach().clone() for n, p in network.named_parameters()}

        def gathered(self) -> None:
            self.gradients = {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}

        def stepped(self, step: int, seconds: float) -> None:
            del step, seconds
            states = {n: {k: v.clone() for k, v in optimizer.state[p].items()} for n, p in network.named_parameters()}
            now = {n: p.detach().clone() for n, p in network.named_parameters()}
            taken.append((self.gradients, states, self.before, now))

    loop.run(network, optimizer, few.train, recipe, 0, Silent(), film=Watching())
    return taken


@pytest.mark.parametrize(("network", "name"), [("conv_net", "classic"), ("quick", "quick")])
@pytest.mark.usefixtures("all_frames")
def test_weights_gradients_m_v_and_changes_are_those_of_the_training(
    tmp_path: Path, few: Dataset, network: str, name: str
) -> None:
    recipe = get(name, samples=100, batch_size=20)
    train(network, few, recipe, out=tmp_path / "run")
    film = fivebyfive.learn(tmp_path / "run")
    assert film.steps == (0, 1, 2, 3, 4)

    randomness.seed(0)
    again = build(network)
    first = {n: p.detach().clone() for n, p in again.named_parameters()}
    for part in film.names:
        kept = film.kept("weights", part, 0)
        assert kept is not None
        assert kept.equal(first[part].flatten()[film.sample(part)].half().float())
        assert film.kept("gradients", part, 0) is None
    for frame, (gradients, states, before, now) in enumerate(watched(again, few, recipe), 1):
        for part in film.names:
            state = states[part]
            adamw = film.optimizer(part).kind == "adamw"
            wanted = {"gradients": gradients[part], "changes": now[part] - before[part],
                      "m": state["exp_avg" if adamw else "momentum"]}  # fmt: skip
            wanted |= {"v": state["exp_avg_sq"]} if adamw else {}
            for quantity, value in wanted.items():
                kept = film.kept(quantity, part, frame)
                assert kept is not None
                assert kept.equal(value.flatten()[film.sample(part)].bfloat16().float()), (quantity, part, frame)
            kept = film.kept("weights", part, frame)
            assert kept is not None
            assert kept.equal(now[part].flatten()[film.sample(part)].half().float())
            assert (film.kept("v", part, frame) is None) == (not adamw)
            assert film.taken(part, frame) == frame


def test_the_answers_are_those_of_the_network_as_it_reads(tmp_path: Path, few: Dataset) -> None:
    run = train("quick", few, get("quick", samples=100, batch_size=20), out=tmp_path / "run")
    film = fivebyfive.learn(run.folder)
    pictures, labels = film.pictures, film.labels
    assert pictures.shape == (8, 28, 28, 1)
    assert all(any((picture == other).all() for other in few.validation.pixels) for picture in pictures.numpy())
    with torch.no_grad():
        logits = run.model.network(as_input(pictures, run.model.network))
    assert film.answers(-1).equal(logits.softmax(1).half().float())
    assert film.loss(-1) == F.cross_entropy(logits, labels).item()
    assert film.wrong(-1) == (logits.argmax(1) != labels).nonzero().flatten().tolist()
    assert film.accuracy(-1) == (logits.argmax(1) == labels).float().mean().item()


@pytest.mark.usefixtures("all_frames")
def test_stopped_and_gone_on_with_it_has_the_same_film(tmp_path: Path, few: Dataset, nine_steps: Recipe) -> None:
    train("quick", few, nine_steps, out=tmp_path / "whole")
    train("quick", few, nine_steps, out=tmp_path / "cut", reporter=StopAt(4))
    so_far = fivebyfive.learn(tmp_path / "cut")
    assert so_far.steps == (0, 1, 2, 3, 4)
    resume(tmp_path / "cut", data=few)
    expect_same(tmp_path / "cut", tmp_path / "whole")


KILLER = """
import os, signal, sys
from pathlib import Path
from fivebyfive.training import filming, folder, run
from fivebyfive.training.recipe import get

filming.SHARE = 1e9
data, place, checkpoint_seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
if len(sys.argv) > 4:
    moments = iter(range(int(sys.argv[4])))
    def hook(event, _arguments):
        if event in ("open", "os.rename", "os.remove") and (place / "film").exists() and next(moments, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
if (place / "run.json").exists():
    run.resume(place, checkpoint_seconds=checkpoint_seconds)
else:
    run.train("perceptron", data, get("classic", samples=1200, batch_size=100), out=place, film=8,
              checkpoint_seconds=checkpoint_seconds)
"""


MORE = pytest.mark.exhaustive


@pytest.mark.parametrize(
    "moments", [(3, 11, 29), pytest.param((1, 2, 5), marks=MORE), pytest.param((40, 41), marks=MORE)]
)
def test_killed_again_and_again_it_has_the_same_film(
    tmp_path: Path, idx_folder: Path, moments: tuple[int, ...]
) -> None:
    """Kill -9 before one of the system's calls, each time another one; a checkpoint after every step."""

    def work(place: str, *arguments: str) -> int:
        call = [sys.executable, "-c", KILLER, str(idx_folder), str(tmp_path / place), *arguments]
        return subprocess.run(call, check=False, capture_output=True, timeout=300).returncode

    assert work("whole", "1000") == 0
    for moment in moments:
        assert work("cut", "0", str(moment)) == -9
    assert work("cut", "0") == 0
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    expect_same(tmp_path / "cut", tmp_path / "whole")
    assert all(path.name.endswith("0.safetensors") or path.name[0] == "0" for path in (tmp_path / "cut/film").iterdir())


def expect_same(one: Path, other: Path) -> None:
    """That the films of two runs are the same, number for number."""
    a, b = fivebyfive.learn(one), fivebyfive.learn(other)
    assert (a.steps, a.names) == (b.steps, b.names)
    assert (a.pictures.equal(b.pictures), a.labels.equal(b.labels)) == (True, True)
    for frame in range(len(a)):
        assert a.answers(frame).equal(b.answers(frame))
        for name in a.names:
            for quantity in ("weights", "gradients", "m", "v", "changes"):
                x, y = a.kept(quantity, name, frame), b.kept(quantity, name, frame)
                assert (x is None and y is None) or (x is not None and y is not None and x.equal(y))
            x, y = a.weights(name, frame), b.weights(name, frame)
            assert (x is None and y is None) or (x is not None and y is not None and x.equal(y))


# --- time, and what goes wrong ---------------------------------------------------------------------------------------


def filmed(few: Dataset, place: Path, cost: float) -> list[int]:
    """The frames of a training whose steps take a second each, and each frame `cost` seconds."""
    recipe = get("classic", samples=1_010, batch_size=10)
    network = build("perceptron")
    optimizer = loop.optimizer_for(network, recipe)
    film = filming.filming(place, network, optimizer, recipe, 20, few, "logits", pytest.fail)
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += cost / 2
        return now

    film.clock = clock
    film.begin(0, 0.0)
    for step in range(1, 101):
        film.stepping(step)
        film.stepped(step, float(step))
    return [frame.step for frame in film.pending]


def test_a_frame_that_there_is_no_time_for_is_left_out_and_the_last_one_is_taken(few: Dataset, tmp_path: Path) -> None:
    assert len(filmed(few, tmp_path, 0.1)) == 20
    costly = filmed(few, tmp_path, 1.0)
    assert costly[0] == 0
    assert costly[-1] == 100
    assert 5 <= len(costly) <= 9
    assert len(filmed(few, tmp_path, 1e6)) <= 3


def test_a_film_that_cannot_be_written_ends_and_the_training_does_not(tmp_path: Path, few: Dataset) -> None:
    class Blocking(StopAt):
        def __init__(self, place: Path) -> None:
            super().__init__(10**9)
            self.place, self.said = place, list[str]()

        def stepped(self, step: int, seconds: float) -> None:
            if step == 5:
                (self.place / reels.FILM).write_text("in the way")

        def warned(self, said: str) -> None:
            self.said.append(said)

    reporter = Blocking(tmp_path / "run")
    recipe = get("classic", samples=100, batch_size=10)
    train("perceptron", few, recipe, out=tmp_path / "run", reporter=reporter)
    train("perceptron", few, recipe, out=tmp_path / "other", film=0)
    (said,) = reporter.said
    assert said.startswith("the film of this training ends here (")
    assert weights(tmp_path / "run") == weights(tmp_path / "other")
    assert (tmp_path / "run" / reels.FILM).read_text() == "in the way"


def test_the_film_has_at_most_sixty_megabytes_of_the_posts_network(tmp_path: Path, few: Dataset) -> None:
    run = train("conv_net", few, get("classic", samples=71 * 8, batch_size=8), out=tmp_path / "run")
    assert 0 < reels.size(run.folder / reels.FILM) <= 60_500_000


@pytest.mark.parametrize("frames", [-1, 1_001])
def test_no_film_has_less_than_no_frames_or_too_many(tmp_path: Path, few: Dataset, frames: int) -> None:
    with pytest.raises(InputError, match=f"^film is {frames}; "):
        train("perceptron", few, out=tmp_path / "run", film=frames)
    assert not (tmp_path / "run").exists()


def test_the_number_of_frames_is_in_the_plan(tmp_path: Path, few: Dataset, nine_steps: Recipe) -> None:
    run = train("perceptron", few, nine_steps, out=tmp_path / "run", film=5)
    assert json.loads((run.folder / "run.json").read_text())["film"] == 5
