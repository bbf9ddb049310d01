"""Code of every origin: where its text is found, which of its lines did what, and what is said where there is none."""

import io
import linecache
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from fivebyfive.explain import Trace, explain
from fivebyfive.views.listing import Run, listings
from fivebyfive.views.terminal import show
from support import load_network

IMAGE = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(3))

NET = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = x.mean(dim=(2, 3))
        return self.fc(x)
"""
LINES = {
    "input": "def forward(self, x):",
    "conv1": "x = F.relu(self.conv1(x))",
    "x.relu": "x = F.relu(self.conv1(x))",
    "x.mean": "x = x.mean(dim=(2, 3))",
    "fc": "return self.fc(x)",
    "output": "return self.fc(x)",
}
MADE = "self.conv1 = nn.Conv2d(1, 4, kernel_size=3)"


def _lines(trace: Trace) -> dict[str, str | None]:
    return {step.name: None if step.source is None else step.source.code for step in trace.steps}


def _views(trace: Trace, folder: Path) -> str:
    """Every view of it; the terminal's text."""
    console = Console(file=io.StringIO(), width=140, no_color=True)
    show(trace, console, "a picture")
    trace.to_html(folder / "page.html")
    trace.to_json(folder / "trace.json")
    trace.diagram()
    trace.diagram(detail=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _net(text: str, file: str, name: str = "Net", module: str = "__main__") -> nn.Module:
    """The network of a text that is run without a file."""
    space: dict[str, Any] = {"__name__": module}
    exec(compile(text, file, "exec"), space)
    network: nn.Module = space[name]()
    return network


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


# --- where the text is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["<ipython-input-3-5f1c0ff3a6f1>", "/tmp/ipykernel_4711/3298173642.py"])
def test_a_cells_lines_are_those_that_ipython_keeps(
    file: str, cells: Callable[[str, str], None], tmp_path: Path
) -> None:
    cells(file, NET)
    trace = explain(_net(NET, file), IMAGE)
    assert _lines(trace) == LINES
    assert trace["conv1"].definition is not None
    assert trace["conv1"].definition.code == MADE
    assert trace.notes == []
    assert "x = F.relu(self.conv1(x))" in _views(trace, tmp_path)


@pytest.mark.parametrize("module", ["__main__", "no_such_module"])
def test_code_without_a_text_shows_its_steps_and_says_so(module: str, tmp_path: Path) -> None:
    trace = explain(_net(NET, "<string>", module=module), IMAGE)
    assert [step.name for step in trace.steps] == ["input", "conv1", "relu", "mean", "fc", "output"]
    assert all(step.source is None for step in trace.steps)
    assert len(trace.notes) == 1
    assert trace.notes[0].startswith("There is no source text for the code of <string>")
    shown = _views(trace, tmp_path)
    assert "There is no source text" in shown
    assert "conv1" in shown


def test_a_text_that_is_not_the_one_that_runs_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("# other code\n" * 30)
    trace = explain(_net(NET, str(file)), IMAGE)
    assert all(step.source is None for step in trace.steps)
    assert str(file) in trace.notes[0]


def test_a_file_that_is_gone_since_shows_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(NET)
    network = load_network(f"{file}:Net")
    file.unlink()
    linecache.checkcache(str(file))
    assert "conv1" in _lines(explain(network, IMAGE))


def test_a_module_of_an_archive_has_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "nets.zip", "w") as archive:
        archive.writestr("net_in_an_archive.py", NET)
    monkeypatch.syspath_prepend(str(tmp_path / "nets.zip"))
    import net_in_an_archive  # type: ignore[import-not-found]

    assert _lines(explain(net_in_an_archive.Net(), IMAGE)) == LINES


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
    assert _lines(explain(network, IMAGE))["y.relu"] == "y = x.relu()  # of a class made by type"


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
    lines = _lines(trace)
    assert list(lines) == list(LINES)
    assert {**lines, "conv1": None, "x.relu": None} == {**LINES, "conv1": None, "x.relu": None}
    assert (lines["conv1"] or "").endswith("; x = F.relu(self.conv1(x))")
    shown = _views(trace, tmp_path)
    assert "x = x.mean(dim=(2, 3))" in shown
    assert "return self.fc(x)" in shown


# --- which line did what ---------------------------------------------------------------------------------------------

WRITTEN = """\
import functools
import torch
import torch.nn as nn
import torch.nn.functional as F


def timed(f):
    @functools.wraps(f)
    def wrapper(self, *args, **kwargs):
        result = f(self, *args, **kwargs)
        return result
    return wrapper


def plain(f):
    def inner(*args):
        out = f(*args)
        return out
    return inner


class Lambdas(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)
        self.pool = lambda t: F.max_pool2d(t, 2)

    def forward(self, x):
        act = lambda t: F.relu(t) * 2
        x = act(self.conv(x))
        x = self.pool(x)
        x = act(x)
        for f in [torch.tanh, lambda t: t.exp()]:
            x = f(x)
        return x.mean((2, 3))


class Recursive(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)

    def forward(self, x, depth=2):
        x = self.conv(x)
        if depth:
            return self(x, depth - 1)
        return x.mean((2, 3))


class Walk(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)

    def walk(self, x, n):
        if n == 0:
            return x.tanh()
        x = self.conv(x)
        return self.walk(x, n - 1)

    def forward(self, x):
        x = self.walk(x, 3)
        return x.mean((2, 3))


class Decorated(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    @timed
    @plain
    @torch.no_grad()
    @torch.autocast("cpu", enabled=False)
    def forward(self, x):
        y = self.conv(x)
        return y.mean((2, 3))


class Statements(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(2):
            setattr(self, f"conv{i}", nn.Conv2d(1, 1, 3))
        self.add_module("last", nn.Conv2d(1, 1, 3))

    def parts(self, x):
        for i in range(2):
            x = getattr(self, f"conv{i}")(x)
            yield x

    def forward(self, x):
        a = x.relu(); b = x.tanh()
        c = a \\
            + b
        d = torch.cat([
            c.exp(),
            c.neg(),
        ])[:1]
        if (e := d.abs()).dim() == 4:
            d = e.sqrt()
        for part in self.parts(d):
            f = part.sigmoid()
        match f.dim():
            case 4 if f.amax() > 0:
                g = self.last(f)
            case _:
                g = f
        name = f"{g.amin():.2f}"
        h = sum(t.square() for t in [g, g])
        return h.mean((2, 3))
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("written") / "nets.py"
    file.write_text(WRITTEN)
    return file


def _of(file: Path, name: str) -> Trace:
    torch.manual_seed(0)
    return explain(load_network(f"{file}:{name}").eval(), IMAGE)


def test_a_lambda_belongs_to_the_line_that_calls_it(written: Path) -> None:
    trace = _of(written, "Lambdas")
    (listing,) = listings(trace)
    assert (listing.name, len(listing.runs)) == ("Lambdas.forward", 1)
    text = WRITTEN.splitlines()
    found = {text[row.first - 1].strip(): [step.op for step in row.steps] for row in listing.rows if row.items}
    assert found == {
        "x = act(self.conv(x))": ["conv2d", "relu", "mul"],
        "x = self.pool(x)": ["max_pool2d"],
        "x = act(x)": ["relu", "mul"],
        "x = f(x)": ["tanh", "exp"],
        "return x.mean((2, 3))": ["mean"],
    }
    wrapper = trace["x.max_pool2d"].wrapper
    assert wrapper is not None
    assert wrapper.code == "self.pool = lambda t: F.max_pool2d(t, 2)"


@pytest.mark.parametrize(("name", "function", "runs"), [("Recursive", "forward", 3), ("Walk", "walk", 4)])
def test_what_calls_itself_runs_as_often_as_it_does(
    name: str, function: str, runs: int, written: Path, tmp_path: Path
) -> None:
    trace = _of(written, name)
    listing = next(found for found in listings(trace) if found.name == f"{name}.{function}")
    assert len(listing.runs) == runs
    own = {id(item) for row in listing.rows for item in row.items if not isinstance(item, Run)}
    assert len(own) == 1  # its own convolution; the other runs' are theirs
    assert f"runs {runs} times" in _views(trace, tmp_path)


def test_a_wrapped_forward_shows_its_own_lines(written: Path) -> None:
    assert _lines(_of(written, "Decorated")) == {
        "input": "def forward(self, x):",
        "conv": "y = self.conv(x)",
        "mean": "return y.mean((2, 3))",
        "output": "return y.mean((2, 3))",
    }


def test_every_kind_of_statement_has_its_steps(written: Path) -> None:
    trace = _of(written, "Statements")
    lines = _lines(trace)
    wanted = {
        "a.relu": "a = x.relu(); b = x.tanh()",
        "b.tanh": "a = x.relu(); b = x.tanh()",
        "c.add": "c = a \\",
        "d.exp": "c.exp(),",
        "d.neg": "c.neg(),",
        "abs": "if (e := d.abs()).dim() == 4:",
        "d.sqrt": "d = e.sqrt()",
        "conv0": "for part in self.parts(d):",
        "f.sigmoid": "f = part.sigmoid()",
        "last": "g = self.last(f)",
        "name.amin": 'name = f"{g.amin():.2f}"',
        "h.square": "h = sum(t.square() for t in [g, g])",
    }
    assert {name: lines.get(name) for name in wanted} == wanted
    made = {name: step.definition and step.definition.code for name, step in zip(lines, trace.steps, strict=True)}
    assert made["conv1"] == 'setattr(self, f"conv{i}", nn.Conv2d(1, 1, 3))'
    assert made["last"] == 'self.add_module("last", nn.Conv2d(1, 1, 3))'


def test_a_forward_of_a_base_class_in_another_file_shows_that_file(tmp_path: Path) -> None:
    (tmp_path / "base_of_nets.py").write_text(NET.replace("Net", "Base"))
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from base_of_nets import Base\n\n\nclass Mixin:\n    pass\n\n\nclass Mine(Mixin, Base):\n    pass\n"
    )
    step = explain(load_network(f"{mine}:Mine"), IMAGE)["conv1"]
    assert step.source is not None
    assert step.definition is not None
    assert Path(step.source.file).name == "base_of_nets.py"
    assert step.definition.code == MADE


def test_a_forward_that_was_put_on_the_instance_shows_its_own_lines(written: Path) -> None:
    network = load_network(f"{written}:Decorated")

    def other(self: Any, x: Tensor) -> Tensor:
        z: Tensor = self.conv(x)  # put on the instance
        return z * 2

    network.forward = types.MethodType(other, network)
    assert _lines(explain(network, IMAGE))["conv"] == "z: Tensor = self.conv(x)  # put on the instance"


def test_a_hook_shows_its_own_line() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    network[0].register_forward_hook(lambda _module, _inputs, result: result * 3)  # the hook
    assert (_lines(explain(network, IMAGE))["0.mul"] or "").endswith("# the hook")


def test_a_sequential_that_is_built_in_a_loop_shows_the_line_that_makes_it() -> None:
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(1, 1, 3), nn.ReLU()]  # of a loop
    network = nn.Sequential(*layers)
    assert (_lines(explain(network, IMAGE))["2"] or "").endswith("# of a loop")


def test_an_ordered_dictionary_shows_each_entry() -> None:
    from collections import OrderedDict

    network = nn.Sequential(
        OrderedDict(
            [
                ("first", nn.Conv2d(1, 2, 5)),
                ("act", nn.Hardswish()),
            ]
        )
    )
    lines = _lines(explain(network, IMAGE))
    assert (lines["first"], lines["act"]) == ('("first", nn.Conv2d(1, 2, 5)),', '("act", nn.Hardswish()),')


# --- what PyTorch makes of a network ---------------------------------------------------------------------------------


def test_generated_code_shows_its_lines() -> None:
    from torch.fx import symbolic_trace

    trace = explain(symbolic_trace(_net(NET, "<fx>")), IMAGE)
    assert (_lines(trace)["conv1"] or "").startswith("conv1 = self.conv1(x)")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_part_is_one_step_with_its_parameters(tmp_path: Path) -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.jit.script(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()))
            self.head = nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            y = self.body(x)
            y = y.mean((2, 3))
            result: Tensor = self.head(y)
            return result

    trace = explain(Mixed(), IMAGE)
    assert [(step.name, step.inputs, step.parameters) for step in trace.steps[:3]] == [
        ("input", (), 0),
        ("body", (0,), 40),
        ("y.mean", (1,), 0),
    ]
    assert trace.parameters == 55
    assert trace.notes == [
        "What Sequential does cannot be watched from Python: it is one step, and its cost is not counted."
    ]
    _views(trace, tmp_path)


def test_what_is_put_around_a_network_is_left_out_and_named() -> None:
    network = _net(NET, "<around>")
    trace = explain(nn.DataParallel(network), IMAGE)
    assert [step.name for step in trace.steps] == ["input", "conv1", "relu", "mean", "fc", "output"]
    assert trace.notes[0] == "DataParallel around it was left out: the Net in it is explained."


def test_compiled_networks_are_explained_as_they_are_written(written: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = torch.compile(load_network(f"{written}:Decorated"))

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.part(x)
            return result

    whole = load_network(f"{written}:Decorated")
    compiled: Any = torch.compile(whole)
    trace = explain(compiled, IMAGE)
    assert _lines(trace)["conv"] == "y = self.conv(x)"
    assert trace.notes == ["OptimizedModule around it was left out: the Decorated in it is explained."]
    assert "y = self.conv(x)" in _lines(explain(Part(), IMAGE)).values()
    whole.compile()
    assert _lines(explain(whole, IMAGE))["conv"] == "y = self.conv(x)"
    assert capfd.readouterr().err == ""


def test_an_exported_program_is_explained_by_its_generated_lines() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    trace = explain(torch.export.export(network, (IMAGE[None],)).module(), IMAGE)
    assert [(step.op, step.kind) for step in trace.steps[1:-1]] == [("conv2d", "convolution"), ("relu", "activation")]
    assert "torch.ops.aten.conv2d" in (_lines(trace)["conv2d.conv2d"] or "")
    assert trace["conv2d"].arithmetic(3, 4, 1).total == pytest.approx(trace["conv2d"].value(3, 4, 1), rel=1e-5)


def test_vmap_in_a_forward_leads_from_the_input_to_the_output(tmp_path: Path) -> None:
    class Mapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.rand(28))

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = torch.vmap(lambda row: (row * self.w).sum())(x[0, 0])
            return y[None] * 2

    network = Mapped()
    trace = explain(network, IMAGE)
    assert torch.equal(trace.steps[-1].output, network(IMAGE[None]))
    assert trace.notes == []
    _views(trace, tmp_path)


def test_work_in_another_thread_is_said_to_be_missing() -> None:
    from concurrent.futures import ThreadPoolExecutor

    class Threaded(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(torch.relu, x).result() * 2

    assert explain(Threaded(), IMAGE).notes[0].startswith("No step leads from the input to the output")


# --- layers that lists gathered -------------------------------------------------------------------------------------

GATHERED = """
import torch.nn as nn

cfg = [4, "M", 6, "M"]


def block(a, b):
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1),
        nn.ReLU(),
    )


def stack(act=nn.ReLU):
    layers = [nn.Flatten()]
    for i in range(2):
        layers += [nn.Linear(784 if i == 0 else 8, 8), act()]
    layers.append(nn.Linear(8, 10))
    return nn.Sequential(*layers)


def first(n):
    return n


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = self.make_layers()
        self.more = nn.ModuleList([block(6, 6) for _ in range(2)])
        either = [nn.Linear(6, 6) if first(i) else nn.Linear(6, 6, bias=False) for i in range(2)]
        self.either = nn.Sequential(*either)
        self.fc = nn.Linear(6, 10)

    def make_layers(self):
        layers, channels = [], 1
        layers = []
        for x in cfg:
            if x == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                layers.append(nn.Conv2d(channels, x, 3, padding=1))
                layers.append(nn.ReLU())
                channels = x
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.features(x)
        for part in self.more:
            x = part(x)
        return self.fc(self.either(x.mean((2, 3))))
"""

OTHERS = """
import torch.nn as nn


def like(layers):
    return nn.Sequential(*layers)


model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
"""


@pytest.fixture
def gathered(tmp_path: Path) -> Path:
    file = tmp_path / "gathered.py"
    file.write_text(GATHERED)
    return file


def _made(trace: Trace) -> dict[str, str]:
    return {step.name: step.definition.code for step in trace.steps if step.definition}


def test_a_layer_of_a_sequential_that_a_function_gathered_shows_the_line_that_made_it(gathered: Path) -> None:
    trace = explain(load_network(f"{gathered}:stack"), IMAGE)
    repeated = "layers += [nn.Linear(784 if i == 0 else 8, 8), act()]"
    wanted = ["layers = [nn.Flatten()]", *[repeated] * 4, "layers.append(nn.Linear(8, 10))"]
    assert _made(trace) == {str(i): code for i, code in enumerate(wanted)}
    assert [step.source and step.source.code for step in trace.steps[1:-1]] == wanted


def test_a_layer_that_a_method_gathered_under_conditions_shows_the_line_that_made_it(gathered: Path) -> None:
    made = _made(explain(load_network(f"{gathered}:Net"), IMAGE))
    assert made["features.0"] == made["features.3"] == "layers.append(nn.Conv2d(channels, x, 3, padding=1))"
    assert made["features.4"] == "layers.append(nn.ReLU())"
    assert made["features.5"] == "layers += [nn.MaxPool2d(2)]"
    assert made["more.1.0"] == "nn.Conv2d(a, b, 3, padding=1),"
    assert made["more.1.1"] == "nn.ReLU(),"


def test_a_layer_that_either_of_two_expressions_may_have_made_shows_where_they_were_put_together(
    gathered: Path,
) -> None:
    made = _made(explain(load_network(f"{gathered}:Net"), IMAGE))
    assert made["either.0"] == "self.either = nn.Sequential(*either)"


def test_a_sequential_is_found_in_its_own_file_whatever_others_were_loaded(gathered: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHERS)
    network = load_network(f"{gathered}:stack")
    load_network(f"{tmp_path / 'other.py'}:model")
    files = {step.source.file for step in explain(network, IMAGE).steps if step.source}
    assert files == {str(gathered)}
