"""The house is kept: no file is long, no line is wide, and every test file is found by its name alone."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST_LINES, MOST_CHARACTERS = 400, 120

PYTHON = sorted(path for room in ("src", "tests", "benchmarks") for path in (ROOT / room).rglob("*.py"))
JAVASCRIPT = sorted(path for room in ("src", "tests", "benchmarks") for path in (ROOT / room).rglob("*.js"))


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_python_file_is_long() -> None:
    long = {_named(path) for path in PYTHON if len(path.read_bytes().splitlines()) > MOST_LINES}
    assert long == set()


def test_no_line_of_javascript_is_wide() -> None:
    wide = {
        f"{_named(path)}:{n}"
        for path in JAVASCRIPT
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MOST_CHARACTERS
    }
    assert wide == set()


def test_no_two_test_files_have_the_same_name() -> None:
    names = Counter(path.name for path in PYTHON if path.name.startswith("test_"))
    assert [name for name, count in names.items() if count > 1] == []
