"""Code that reads otherwise than it runs, by marks of direction, is shown as it runs: on the page, in the article."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from fivebyfive.explain import Trace, explain
from fivebyfive.views.page.document import pack, parameters, structure, values
from fivebyfive.views.page.envelope import unpack
from support import load_network

MARKS = frozenset("\u202e\u2066\u2069")
TURNED = """
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(16, 3)  # \u202e\u2066 thgir eht si siht \u2069 </script><b>

    def forward(self, x):
        return self.layer(x.flatten(1))  # \u202e dettimer
"""


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    file = tmp_path_factory.mktemp("turned") / "net.py"
    file.write_text(TURNED, encoding="utf-8")
    network = load_network(f"{file}:Net")
    return explain(network.eval(), torch.rand(1, 1, 4, 4), classes=["a", "\u202eb", "c"], name="\u2066net")


def texts(fields: Any) -> Iterator[str]:
    """Every text in a document, however deep."""
    if isinstance(fields, str):
        yield fields
    elif isinstance(fields, dict | list):
        for inner in fields.values() if isinstance(fields, dict) else fields:
            yield from texts(inner)


def test_the_page_is_sent_no_mark_that_turns_a_line(turned: Trace) -> None:
    sent = pack(structure(turned), parameters(turned), values(turned))
    assert not MARKS.intersection(sent.decode("utf-8", "ignore"))
    fields = unpack(sent).fields
    assert {r"# \u202e dettimer", r"\u202eb"} <= set(texts(fields))


def test_neither_is_an_article(turned: Trace, tmp_path: Path) -> None:
    for ending in (".md", ".html", ".ipynb"):
        turned.to_post(tmp_path / f"net{ending}")
    written = [path for path in tmp_path.rglob("*") if path.suffix in (".md", ".html", ".ipynb", ".svg")]
    assert len(written) > 4
    for path in written:
        assert not MARKS.intersection(path.read_text(encoding="utf-8")), path.name
    assert r"\u202e dettimer" in (tmp_path / "net.md").read_text(encoding="utf-8")
