"""Where the text of any code is found, how its lines are counted, and what is said where there is none."""

import linecache
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torch import Tensor, nn

from fivebyfive.explain import explain
from support import load_network

from .nets import IMAGE, LINES, MADE, NET, lines_of, net_of, views_of


@pytest.fixture
def cells() -> Iterator[Callable[[str, str], None]]:
    """Keeps a text in linecache, as IPython does; forgotten afterwards."""
    kept = []

    def keep(file: str, text: str) -> None:
        kept.append(file)
        linecache.cache[file] = (len(text), None, [f"{line}\n" for line in text.split("\n")], file)

    yield keep
    for file in kept:
        linecache.cache.pop(file, None)


@pytest.mark.parametrize("file", ["<ipython-input-3-5f1c0ff3a6f1>", "/tmp/ipykernel_4711/3298173642.py"])
def test_a_cells_lines_are_those_that_ipython_keeps(
    file: str, cells: Callable[[str, str], None], tmp_path: Path
) -> None:
    cells(file, NET)
    trace = explain(net_of(NET, file), IMAGE)
    assert lines_of(trace) == LINES
    assert trace["conv1"].definition is not None
    assert trace["conv1"].definition.code == MADE
    assert trace.notes == []
    assert "x = F.relu(self.conv1(x))" in views_of(trace, tmp_path)


@pytest.mark.parametrize("module", ["__main__", "no_such_module"])
def test_code_without_a_text_shows_its_steps_and_says_so(module: str, tmp_path: Path) -> None:
    trace = explain(net_of(NET, "<string>", module=module), IMAGE)
    assert [step.name for step in trace.steps] == ["input", "conv1", "relu", "mean", "fc", "output"]
    assert all(step.source is None for step in trace.steps)
    assert len(trace.notes) == 1
    assert trace.notes[0].startswith("There is no source text for the code of <string>")
    shown = views_of(trace, tmp_path)
    assert "There is no source text" in shown
    assert "conv1" in shown


def test_a_text_that_is_not_the_one_that_runs_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("# other code\n" * 30)
    trace = explain(net_of(NET, str(file)), IMAGE)
    assert all(step.source is None for step in trace.steps)
    assert str(file) in trace.notes[0]


def test_a_file_that_is_gone_since_shows_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(NET)
    network = load_network(f"{file}:Net")
    file.unlink()
    linecache.checkcache(str(file))
    assert "conv1" in lines_of(explain(network, IMAGE))


def test_a_module_of_an_archive_has_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "nets.zip", "w") as archive:
        archive.writestr("net_in_an_archive.py", NET)
    monkeypatch.syspath_prepend(str(tmp_path / "nets.zip"))
    import net_in_an_archive  # type: ignore[import-not-found]

    assert lines_of(explain(net_in_an_archive.Net(), IMAGE)) == LINES


@pytest.mark.parametrize("way", ["-c", "-"])
def test_a_program_that_is_no_file_is_explained(way: str, tmp_path: Path) -> None:
    program = f"{NET}\nimport fivebyfive\nt = fivebyfive.explain(Net(), torch.rand(1, 28, 28))\n"
    program += "print([s.name for s in t.steps], t.notes)\nt.to_html('page.html')\n"
    arguments = [sys.executable, way, *([program] if way == "-c" else [])]
    done = subprocess.run(
        arguments, input=program if way == "-" else None, capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "'conv1', 'relu', 'mean', 'fc'" in done.stdout
    assert "There is no source text" in done.stdout


def test_a_class_made_by_type_shows_the_functions_lines() -> None:
    def forward(_: nn.Module, x: Tensor) -> Tensor:
        y = x.relu()  # of a class made by type
        return y * 2

    network = type("Made", (nn.Module,), {"forward": forward})()
    assert lines_of(explain(network, IMAGE))["y.relu"] == "y = x.relu()  # of a class made by type"


# --- characters at which lines end, and at which they do not ---------------------------------------------------------

ODD = NET.replace(
    "class Net", "# a comment \x0c with \x0b what \x1c \x1d \x1e splitlines \x85 splits \u2028 at \u2029\n\x0cclass Net"
)
ODD = ODD.replace("x = F.relu", 'name = "\u2028\x85\x0c\x1d"; x = F.relu')


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ODD, "utf-8"),
        (ODD.replace("\n", "\r\n"), "utf-8"),
        (ODD.replace("\n", "\r"), "utf-8"),
        (ODD, "utf-8-sig"),
        (ODD.rstrip("\n"), "utf-8"),
        (
            "# -*- coding: latin-1 -*-\n# M\xfcller\x85\n" + NET.replace("x = F.relu", 'y = "\xe9"; x = F.relu'),
            "latin-1",
        ),
        (NET.replace("    ", "\t").replace("x = F.relu", "z = 1; x = F.relu"), "utf-8"),
        (NET.replace("x = F.relu", f'z = "{"x" * 1_000_000}"; x = F.relu'), "utf-8"),
    ],
    ids=["odd", "crlf", "cr", "bom", "no newline at the end", "latin-1", "tabs", "a long line"],
)
def test_lines_are_counted_as_python_counts_them(text: str, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_bytes(text.encode(encoding))
    trace = explain(load_network(f"{file}:Net"), IMAGE)
    lines = lines_of(trace)
    assert list(lines) == list(LINES)
    assert {**lines, "conv1": None, "x.relu": None} == {**LINES, "conv1": None, "x.relu": None}
    assert (lines["conv1"] or "").endswith("; x = F.relu(self.conv1(x))")
    shown = views_of(trace, tmp_path)
    assert "x = x.mean(dim=(2, 3))" in shown
    assert "return self.fc(x)" in shown
