"""A notebook, in a real kernel: a class that is written in a cell is explained, trained and loaded."""

import json
import re
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from browsers import browsing
from cases import notebook
from fivebyfive import load
from fivebyfive.datasets import Dataset
from fivebyfive.explain import explain
from fivebyfive.views.post import article as article_of
from fivebyfive.views.post.notebook import notebook as notebook_of

CELLS = [
    *notebook.CELLS[:-1],
    f"mine = {notebook.CELLS[-1].partition('  #')[0]}\nmine.classes",
    "try:\n    fivebyfive.load(run.folder)\nexcept ValueError as error:\n    print(error)",
    "net = nn.Sequential(\n    nn.Conv2d(1, 2, 3),\n    nn.ReLU(),\n)\n"
    "[s.source and s.source.code for s in fivebyfive.explain(net, torch.rand(1, 28, 28)).steps]",
    "%time spread = fivebyfive.explain(torch.compile(Net()), torch.rand(1, 28, 28)); print(spread['conv'].source.code)",
    'trace["conv"].arithmetic(y=4, x=7, channel=3).formula()',
]
"""The cells that must run, what each shows, and some more."""
AGAIN = """from fivebyfive.datasets import load

trace = fivebyfive.explain(fivebyfive.load("quick"), load("mnist").test.pixels[0])"""


@pytest.fixture(scope="module")
def article(digits: Dataset) -> list[dict[str, Any]]:
    """The cells of code of a notebook that `Trace.to_post` writes, with the outputs that it stores."""
    trace = explain(load("quick"), digits.test.pixels[0])
    written = json.loads(notebook_of(article_of(trace), AGAIN))
    return [cell for cell in written["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory, article: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each cell gave, in a new kernel that works in an empty folder; those of an article come last."""
    sources = [*CELLS, *(cell["source"] for cell in article)]
    written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    folder = tmp_path_factory.mktemp("notebook")
    nbclient.NotebookClient(written, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return [_shown(cell["outputs"]) for cell in written["cells"]]


def _text_of(page: str) -> str:
    """What a browser shows of a cell's output."""
    with browsing() as browser:
        opened = browser.new_page(viewport={"width": 1300, "height": 1000})
        opened.set_content(page)
        inside = opened.frame_locator("iframe")
        inside.get_by_text("self.conv(x)").first.wait_for()
        text = inside.locator("body").inner_text()
    return text.replace("\xa0", " ")


def _shown(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """The forms of a cell's value, and what it printed."""
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == "stdout")
    values = [o["data"] for o in outputs if o["output_type"] == "execute_result"]
    return {**(values[0] if values else {}), "printed": printed}


def test_every_step_has_its_own_line_of_the_cell_above(cells: list[dict[str, Any]]) -> None:
    assert eval(cells[2]["text/plain"]) == [
        ("input", "def forward(self, x):"),
        ("conv", "x = F.relu(self.conv(x))"),
        ("x.relu", "x = F.relu(self.conv(x))"),
        ("mean", "return self.fc(x.mean((2, 3)))"),
        ("fc", "return self.fc(x.mean((2, 3)))"),
        ("output", "return self.fc(x.mean((2, 3)))"),
    ]


def test_a_trace_is_the_page_with_the_cells_code(cells: list[dict[str, Any]]) -> None:
    page = cells[3]["text/html"]
    assert page.startswith("<iframe srcdoc=")
    assert _text_of(page).count("x = F.relu(self.conv(x))") == 1
    assert cells[3]["text/plain"] == "<Trace of Net: input, conv, x.relu, mean, fc, output>"


def test_a_diagram_is_a_picture(cells: list[dict[str, Any]]) -> None:
    assert cells[4]["image/svg+xml"].startswith("<svg")
    assert re.fullmatch(r"<a drawing, [\d,]+ characters of SVG>", cells[4]["text/plain"])


def test_the_arithmetic_of_a_number_is_short(cells: list[dict[str, Any]]) -> None:
    lines = cells[5]["text/plain"].splitlines()
    assert len(lines) == 3
    assert "at y=4, x=7, channel=3: sum of 9 terms, bias" in lines[0]
    assert lines[1].startswith("O[n,i,j,k] = Σ")
    html = cells[5]["text/html"]
    assert html.count("<tr>") == 10  # a head and the nine products
    assert html.count("<math") == html.count("</math>") == 2  # in symbols, and with numbers


def test_a_formula_is_set_as_one(cells: list[dict[str, Any]]) -> None:
    assert eval(cells[11]["text/plain"]) == "O[n,i,j,k] = Σ_{di,dj,q} I[n, i+di, j+dj, q] · W[di,dj,q,k] + b[k]"
    assert cells[11]["text/html"].startswith('<math displaystyle="true">')
    assert "<munder><mo>Σ</mo>" in cells[11]["text/html"]


def test_a_training_says_where_it_is_in_lines_that_can_be_kept(cells: list[dict[str, Any]]) -> None:
    lines = cells[6]["printed"].splitlines()
    assert lines[0].startswith("mnist: 55,000 images to train on")
    assert lines[1] == "Net: 90 parameters"
    assert re.match(r"Net · quick: \d+ steps; the run is kept in runs/", lines[2])
    assert re.match(r"step (\d+) of \1 · ", lines[-1])
    assert 2 < len(lines) < 25


def test_a_run_is_loaded_into_the_network_that_is_given_and_else_says_so(cells: list[dict[str, Any]]) -> None:
    assert eval(cells[7]["text/plain"]) == tuple("0123456789")
    assert "has the weights of network 'Net', whose code is not known here" in cells[8]["printed"]
    assert "load(…, network=…), the network itself" in cells[8]["printed"]
    assert cells[8]["printed"].count("\n") == 1


def test_a_sequential_of_a_cell_shows_the_lines_that_made_it(cells: list[dict[str, Any]]) -> None:
    assert eval(cells[9]["text/plain"]) == [None, "nn.Conv2d(1, 2, 3),", "nn.ReLU(),", None]


def test_a_compiled_network_shows_the_cells_lines(cells: list[dict[str, Any]]) -> None:
    assert "x = F.relu(self.conv(x))" in cells[10]["printed"]


def test_the_cells_of_an_article_give_what_it_stores(
    cells: list[dict[str, Any]], article: list[dict[str, Any]]
) -> None:
    shown = cells[len(CELLS) + 1 :]
    assert len(shown) == len(article) - 1 > 8
    for cell, stored in zip(shown, article[1:], strict=True):
        assert cell["image/svg+xml"] == stored["outputs"][0]["data"]["image/svg+xml"], stored["source"]


def test_the_kernels_folder_holds_only_runs(
    cells: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    del cells
    folder = Path(tmp_path_factory.getbasetemp()) / "notebook0"
    assert [path.name for path in folder.iterdir()] == ["runs"]
