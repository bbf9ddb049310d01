"""Networks of a hub, where the hub's package is not installed."""

import pytest

from fivebyfive import load
from fivebyfive.errors import InputError
from fivebyfive.networks import hub
from support import Call, expect_sentence


@pytest.mark.parametrize(("name", "package"), [("timm:resnet18", "timm"), ("hf:somebody/vit", "transformers")])
def test_what_is_not_installed_is_one_line_with_the_command_that_brings_it(
    name: str, package: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = f"this network needs {package}, which is not installed; bring it with: pip install 'fivebyfive[{package}]'"
    with pytest.raises(InputError) as error:
        load(name)
    assert str(error.value) == said
    for command in (("explain", name), ("train", name), ("evaluate", name), ("explain", "--network", name)):
        assert expect_sentence(call(*command)) == f"error: {said}"


def test_only_its_own_notation_is_a_hubs() -> None:
    assert hub.is_named("timm:resnet18")
    assert hub.is_named("hf:./folder")
    assert not hub.is_named("net.py:Net")
    assert not hub.is_named("conv_net")
