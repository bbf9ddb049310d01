"""What imports what: no circles, and every room only what CONTRIBUTING.md draws above it.

Read from the code, with what functions import when they run; what is imported for types alone does not count, nor that
a package's own ``__init__`` is run before its files.
"""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "fivebyfive"

DRAWS_ITSELF = {
    ("explain.trace", "views.page"): "Trace.to_html and a notebook's page",
    ("explain.comparison", "views.page"): "Comparison.to_html",
    ("explain.trace", "views.post"): "Trace.to_post",
    ("explain.trace", "standalone"): "Trace.to_html of a page that runs the network, and Trace.to_site",
    ("explain.trace", "views.diagram"): "Trace.diagram",
    ("explain.why.account", "views.why"): "an account in a notebook",
    ("explain.trace", "views.notebook"): "Trace.diagram, in a notebook",
}
"""Imports upwards, when a method is called, that stay: whoever has a trace can see it."""


def _name(path: Path) -> str:
    """A module's name within the package: "datasets.idx" for datasets/idx.py, "datasets" for its __init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _statements(node: ast.AST, in_functions: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports below `node` that are run, those within functions only if asked for."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        elif in_functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _statements(child, in_functions)


def _imported(name: str, in_functions: bool = True) -> Iterator[str]:
    """The full names of what a module imports: of modules, or of what is in them."""
    for statement in _statements(ast.parse(MODULES[name].read_text()), in_functions):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        else:
            assert statement.level == 0, f"{name}: an import says whole names"
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def _own(name: str, in_functions: bool = True) -> set[str]:
    """The modules of the package that a module of it imports."""
    found = set()
    for imported in _imported(name, in_functions):
        package, _, rest = imported.partition(".")
        if package == "fivebyfive":
            module = next((m for m in (rest, rest.rpartition(".")[0]) if m in MODULES), "__init__")
            found.add(module)
    return found - {name}


IMPORTS = {name: _own(name) for name in MODULES}


def _drawn() -> list[str]:
    """What CONTRIBUTING.md draws of the package, from the top: "networks/", "model.py"."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    drawing = text.partition("\nsrc/fivebyfive/\n")[2].partition("\ntests/")[0]
    lines = [line[2:] for line in drawing.splitlines() if re.match(r"  \S", line)]
    return [entry for line in lines for entry in line.partition("  ")[0].split(", ")]


DRAWN = _drawn()
ORDER = [entry.removesuffix(".py").rstrip("/") for entry in DRAWN]


def _room(module: str) -> str:
    return module.partition(".")[0]


def test_the_drawing_names_every_room_once_and_nothing_else() -> None:
    assert [entry for entry in DRAWN if not (PACKAGE / entry).exists()] == []
    assert {_room(name) for name in MODULES} <= set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_room_imports_only_what_is_drawn_above_it(name: str) -> None:
    below = {found for found in IMPORTS[name] if ORDER.index(_room(found)) > ORDER.index(_room(name))}
    assert {(name, found) for found in below} <= DRAWS_ITSELF.keys()


def test_no_modules_import_each_other_round_about() -> None:
    graph = {name: {other for other in found if (name, other) not in DRAWS_ITSELF} for name, found in IMPORTS.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' ← '.join(error.args[1])}")


def test_the_exceptions_are_needed() -> None:
    assert all(other in IMPORTS[name] for name, other in DRAWS_ITSELF)


def test_prediction_starts_without_pytorch() -> None:
    waiting, started = (
        [name for name in MODULES if _room(name) == "prediction" and name != "prediction.torch_engine"],
        set(),
    )
    while waiting:
        name = waiting.pop()
        started.add(name)
        parents = {name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1)}
        waiting += (_own(name, in_functions=False) | parents) - started
    heavy = {name for name in started for found in _imported(name, in_functions=False) if _room(found) == "torch"}
    assert heavy == set()
    assert "pictures.decoding" in started
