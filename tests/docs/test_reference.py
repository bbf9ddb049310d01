"""The reference is made from the code: every command, option, name, recipe and address is on its page."""

import inspect
import re

import pytest

import fivebyfive
from fivebyfive import ops
from fivebyfive.cli import COMMANDS
from fivebyfive.networks import NETWORKS
from fivebyfive.training import recipe
from making import commands, links, names, schemas
from support import Call


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_on_the_page(call: Call, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    section = re.search(rf"^## 5x5 {command}\n(.*?)(?=^## |\Z)", commands.markdown(), re.MULTILINE | re.DOTALL)
    assert section is not None
    monkeypatch.setenv("COLUMNS", "200")
    _, help_text, _ = call(command, "--help")
    options = set(re.findall(r"^│ +(?:\*? +)?(--[a-z][a-z0-9-]*)", help_text, re.MULTILINE))
    assert options
    rows = [re.split(r"(?<!\\)\|", line) for line in section[1].splitlines() if line.startswith("| `--")]
    described = {re.split(r"[ `]", names)[2] for _, names, said, _, _ in rows if said.strip()}
    assert options <= described


def test_every_public_name_is_on_the_page() -> None:
    page = names.public()
    assert [name for name in fivebyfive.__all__ if f":: fivebyfive.{name}" not in page] == []
    assert all(inspect.getdoc(getattr(fivebyfive, name)) for name in fivebyfive.__all__)


def test_the_vocabulary_networks_and_recipes_are_whole() -> None:
    words = [name for name, value in vars(ops).items() if hasattr(value, "__wrapped__") and not name.startswith("_")]
    assert words
    assert all(f"fivebyfive.ops.{name}\n" in names.vocabulary() for name in words)
    assert all(f"## {name}\n" in names.shipped_networks() for name in NETWORKS)
    page = names.shipped_recipes()
    assert all(f"## {name}\n" in page for name in recipe.NAMES)
    assert all(f"| `{field.name}` |" in page for field in recipe.options())


def test_every_address_of_the_server_is_on_the_page() -> None:
    addresses = schemas.addresses()
    assert "`POST /api/explain`" in addresses
    assert all(path in addresses for path in schemas.server()["paths"])


def test_a_link_out_of_the_documentation_leads_to_the_repository_or_is_words() -> None:
    text = "[the film](../benchmarks/film.py), [page](../page.md#x), [out](https://a.b)"
    there = links.leading_out(text, "film.md", "https://github.com/a/b")
    assert there == "[the film](https://github.com/a/b/blob/main/benchmarks/film.py), " + (
        "[page](https://github.com/a/b/blob/main/page.md#x), [out](https://a.b)"
    )
    assert links.leading_out(text, "post/README.md", "") == text  # from there it leads to docs/
    assert links.leading_out(text, "film.md", "") == "the film, page, [out](https://a.b)"
