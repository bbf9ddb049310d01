"""The film of a training, opened: any weight's life, the answers at every frame, and errors that say what to do."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.learning import Film, learn
from fivebyfive.training import filming
from fivebyfive.training.recipe import get
from fivebyfive.training.run import train
from support import StopAt, weights


@pytest.fixture(scope="module")
def few(digits: Dataset) -> Dataset:
    return Dataset("mnist", digits.train[:200], digits.validation[:20], digits.test[:50], digits.classes, digits.sha256)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, few: Dataset) -> dict[str, Film]:
    """Of the post's network, of `quick`, and of an averaged training, with every planned frame."""
    place = tmp_path_factory.mktemp("films")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filming, "SHARE", 1e9)
        train("conv_net", few, get("classic", samples=1000, batch_size=20), out=place / "conv_net", film=12)
        train("quick", few, get("quick", samples=400, batch_size=20), out=place / "quick")
        train("quick", few, get("good", samples=400, batch_size=20, averaging=0.5), out=place / "averaged")
    return {name: learn(place / name) for name in ("conv_net", "quick", "averaged")}


def test_a_film_says_what_it_is_of(films: dict[str, Film]) -> None:
    film = films["conv_net"]
    assert repr(film) == "<film of conv_net: 12 frames, steps 0 to 49 of 49>"
    assert (film.network, film.recipe.name, film.classes) == ("conv_net", "classic", tuple("0123456789"))
    assert film.names[:3] == ("weights.wc1", "weights.wc2", "weights.wd1")
    assert film.shapes["weights.wd1"] == (3136, 1024)
    assert film.rates == (0.0, *[0.001] * 11)
    assert [progress.step for progress in film.history] == [10, 20, 30, 40]
    assert [film.frame_at(step) for step in (0, 1, film.steps[-2], 48, 49, 100)] == [0, 1, 10, 10, 11, 11]


def test_a_weights_life_is_what_the_frames_hold_of_it(films: dict[str, Film]) -> None:
    film = films["quick"]
    life = film.weight("output.weight", 3, 7)
    assert [moment.step for moment in life.moments] == list(film.steps)
    assert life.moments[0].gradient is None
    for frame, moment in enumerate(life.moments[1:], 1):
        for quantity in ("gradients", "m", "v", "changes"):
            tensor = getattr(film, quantity)("output.weight", frame)
            said = getattr(moment, {"gradients": "gradient", "changes": "change"}.get(quantity, quantity))
            assert said == tensor[3, 7].item()
        value = film.weights("output.weight", frame)
        assert value is not None
        assert (moment.value, moment.rate) == (value[3, 7].item(), film.rate("output.weight", frame))


def test_a_weights_change_is_the_optimizers_own_arithmetic(films: dict[str, Film]) -> None:
    """Adam's step from the gradient, m and v that the frame holds, to half precision."""
    film = films["conv_net"]
    how = film.optimizer("weights.wc2")
    assert (how.kind, how.beta1, how.weight_decay) == ("adamw", 0.9, 0.0)
    for moment in film.weight("weights.wc2", 2, 2, 5, 9).moments[1:]:
        assert moment.m is not None
        assert moment.v is not None
        t = film.taken("weights.wc2", moment.frame)
        root = math.sqrt(moment.v / (1 - how.beta2**t)) + how.epsilon
        assert moment.change == pytest.approx(-moment.rate * moment.m / (1 - how.beta1**t) / root, rel=0.01)


def test_muons_weights_have_no_v(films: dict[str, Film]) -> None:
    film = films["quick"]
    assert film.optimizer("hidden.weight").kind == "muon"
    assert film.optimizer("hidden.weight").learning_rate == film.recipe.muon_rate
    last = film.weight("hidden.weight", 3, 40).moments[-1]
    assert last.v is None
    assert None not in (last.gradient, last.m, last.change)


def test_of_a_large_matrix_a_sample_is_in_every_frame_and_all_of_it_in_a_few(films: dict[str, Film]) -> None:
    film = films["conv_net"]
    whole = [frame for frame in range(len(film)) if film.weights("weights.wd1", frame) is not None]
    assert (whole[0], whole[-1]) == (0, len(film) - 1)
    assert 2 < len(whole) < len(film)
    sample = film.sample("weights.wd1")
    kept, last = film.kept("weights", "weights.wd1", -1), film.weights("weights.wd1", -1)
    assert kept is not None
    assert last is not None
    assert kept.equal(last.flatten()[sample])
    assert film.gradients("weights.wd1", -1) is None
    sampled, other = int(sample[100]), next(n for n in range(3136 * 1024) if n not in sample)
    assert len(film.weight("weights.wd1", *divmod(sampled, 1024)).moments) == len(film)
    life = film.weight("weights.wd1", *divmod(other, 1024))
    assert [moment.frame for moment in life.moments] == whole
    assert {moment.gradient for moment in life.moments} == {None}


@pytest.mark.parametrize("name", ["conv_net", "quick", "averaged"])
def test_the_last_frame_is_the_network_that_the_training_ended_in(films: dict[str, Film], name: str) -> None:
    film = films[name]
    ended, last = fivebyfive.load(film.folder), film.model(-1)
    assert last is not None
    for own, value in ended.network.state_dict().items():
        wanted = value.half().float() if own in film.names else value
        assert last.network.state_dict()[own].equal(wanted.to(value.dtype)), own
    assert last.probabilities(film.pictures).allclose(film.answers(-1), atol=0.02)


def test_a_frames_network_answers_as_it_did_then(films: dict[str, Film]) -> None:
    film = films["quick"]
    for frame in (0, 5, 12):
        model = film.model(frame)
        assert model is not None
        assert model.probabilities(film.pictures).allclose(film.answers(frame), atol=0.01)
    assert films["conv_net"].model(2) is None


def test_where_an_average_replaced_the_weights_the_last_step_has_no_change(films: dict[str, Film]) -> None:
    film = films["averaged"]
    assert film.replaced
    moments = film.weight("output.bias", 0).moments
    assert moments[-2].change is not None
    assert moments[-1].change is None
    assert film.changes("output.bias", -1) is None
    assert not films["quick"].replaced


def test_a_life_is_one_line_a_table_in_a_notebook_and_a_table_of_pandas(films: dict[str, Film]) -> None:
    pandas = pytest.importorskip("pandas")
    life = films["quick"].weight("norm.weight", 0)
    assert repr(life).startswith("<life of norm.weight[0]: 1 after step 0, ")
    assert life._repr_html_().count("<tr>") == len(life.moments) + 1
    table = life.to_frame()
    assert isinstance(table, pandas.DataFrame)
    assert list(table["value"]) == [moment.value for moment in life.moments]


def test_a_training_that_is_not_over_has_the_film_so_far(
    tmp_path: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filming, "SHARE", 1e9)
    recipe = get("classic", samples=200, batch_size=10)
    train("perceptron", few, recipe, out=tmp_path / "run", reporter=StopAt(7))
    film = learn(tmp_path / "run")
    assert film.steps[-1] == 7
    assert film.frame_at(100) == len(film) - 1
    assert not film.replaced


def test_a_module_of_ones_own_gets_the_weights_of_a_frame(tmp_path: Path, few: Dataset) -> None:
    def fresh() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.BatchNorm1d(10))

    run = train(fresh(), few, get("classic", samples=100, batch_size=10), out=tmp_path / "run")
    film = learn(run.folder)
    model = film.model(-1, fresh())
    assert model is not None
    assert model.probabilities(film.pictures).allclose(film.answers(-1), atol=0.01)
    assert model.network.state_dict()["2.num_batches_tracked"] == 9
    with pytest.raises(InputError, match="is not of this network"):
        film.model(-1, nn.Linear(784, 10))


def test_what_is_frozen_or_never_learned_has_no_gradient(tmp_path: Path, few: Dataset) -> None:
    class Partly(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.frozen, self.layer, self.unused = nn.Linear(784, 20), nn.Linear(20, 10), nn.Linear(3, 3)
            self.frozen.requires_grad_(False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.layer(self.frozen(x.flatten(1)))
            return out

    network = Partly()
    film = learn(train(network, few, get("classic", samples=100, batch_size=10), out=tmp_path / "run").folder)
    assert film.names == ("layer.weight", "layer.bias", "unused.weight", "unused.bias")
    assert film.gradients("unused.weight", -1) is None
    moment = film.weight("unused.weight", 1, 2).moments[-1]
    assert (moment.gradient, moment.m, moment.change) == (None, None, None)
    again = film.model(-1, Partly())
    assert again is not None
    assert again.network.state_dict()["frozen.weight"].equal(network.frozen.weight)


# --- errors ----------------------------------------------------------------------------------------------------------


def test_a_wrong_name_index_or_frame_is_one_sentence(films: dict[str, Film]) -> None:
    film = films["conv_net"]
    for wrong, said in {
        ("weights.wc",): r"^'weights.wc' is none of the network's tensors \(did you mean weights.wc",
        ("weights.wc1",): r"^weights.wc1 is 5×5×1×32: 4 indices were expected, not 0$",
        ("weights.wc1", 5, 0, 0, 0): r"^weights.wc1 is 5×5×1×32: index 5 is not from 0 to 4$",
        ("weights.wc1", -1, 0, 0, 0): "index -1 is not from 0 to 4$",
        ("biases.out", "0"): "^an index of biases.out is a whole number; '0' is none$",
    }.items():
        with pytest.raises(InputError, match=said):
            film.weight(*wrong)  # type: ignore[arg-type]
    for frame in (12, -13):
        with pytest.raises(InputError, match=f"^frame {frame} does not exist; the film has 12, from 0 to 11$"):
            film.weights("biases.out", frame)
    with pytest.raises(InputError, match=r"^a frame is a whole number; 1\.5 is none$"):
        film.answers(1.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^'gradient' is not known \(did you mean gradients\?\)"):
        film.kept("gradient", "biases.out", 0)


def test_a_folder_without_a_film_says_so(tmp_path: Path, few: Dataset) -> None:
    with pytest.raises(InputError, match=r"is not a run folder: it has no run\.json$"):
        learn(tmp_path)
    run = train("perceptron", few, get("classic", samples=100, batch_size=10), out=tmp_path / "run", film=0)
    with pytest.raises(InputError, match="has no film; train anew with another --out, and --film 60$"):
        learn(run.folder)
    assert weights(run.folder)
