"""Recipes: the post's numbers, and values that make no sense named one by one."""

import dataclasses

import pytest

from fivebyfive.errors import InputError
from fivebyfive.training import recipe
from fivebyfive.training.run import train


def test_classic_is_the_posts_program() -> None:
    classic = recipe.get("classic")
    assert (classic.learning_rate, classic.batch_size, classic.samples) == (0.001, 128, 200_000)
    assert (classic.beta1, classic.beta2, classic.epsilon) == (0.9, 0.999, 1e-8)
    assert (classic.keep_prob, classic.display_step) == (0.75, 10)
    assert classic.steps() * classic.batch_size == 199_936


@pytest.mark.parametrize(("samples", "batch_size"), [(200_000, 128), (1000, 10), (1001, 10), (999, 10), (11, 10)])
def test_steps_are_those_of_the_posts_loop(samples: int, batch_size: int) -> None:
    step = 1
    while step * batch_size < samples:
        step += 1
    assert recipe.get("classic", samples=samples, batch_size=batch_size).steps() == step - 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("samples", -5),
        ("samples", 128),
        ("display_step", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("beta1", 1.0),
        ("epsilon", -1.0),
        ("weight_decay", -0.1),
        ("keep_prob", 0.0),
        ("keep_prob", 1.5),
        ("learning_rate", float("inf")),
        ("rotation", float("inf")),
        ("ensemble", 0),
        ("ensemble", 100),
        ("loss", "hinge"),
        ("precision", "float16"),
        ("he", 2),
    ],
)
def test_a_value_out_of_its_range_is_named(name: str, value: float | str) -> None:
    with pytest.raises(InputError, match=f"^{name} is "):
        recipe.get("classic", **{name: value})


def test_an_unknown_recipe_is_told_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="classic, good, quick, best"):
        recipe.get("clasic")


def test_every_network_of_the_package_has_its_recipe() -> None:
    assert recipe.default_for("conv_net") == recipe.default_for("perceptron") == "classic"
    assert recipe.default_for("quick") == "quick"


def test_a_recipe_of_ones_own_is_checked_and_changed_like_any_other() -> None:
    own = dataclasses.replace(recipe.get("photos"), name="own")
    changed = recipe.changed(own, {"samples": 640})
    assert recipe.counted(changed, 10).samples == 640
    with pytest.raises(InputError, match=r"label_smoothing is 1.5; at least 0 and below 1 was expected"):
        train("quick", recipe=dataclasses.replace(own, label_smoothing=1.5))
