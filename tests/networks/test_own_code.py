"""A network's file runs from the bytes that were read, imports from its own folder, and what it took is known."""

import importlib.util
import os
import py_compile
import sys
from pathlib import Path

import pytest

from fivebyfive.errors import Failure, InputError
from fivebyfive.networks import own_code
from fivebyfive.networks.own_code import Code, digest, read, running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text("from helper import width\nfrom parts.deep import depth\n")
    (tmp_path / "helper.py").write_text("width = 1\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "deep.py").write_text("from . import other\ndepth = other.depth\n")
    (tmp_path / "parts" / "other.py").write_text("depth = 2\n")
    return tmp_path


def values(code: Code) -> tuple[int, int]:
    with running(code) as module:
        return module.width, module.depth


def closed(folder: Path, *names: str) -> Code:
    """net.py with the sources of these files only."""
    sources = {folder / name: (folder / name).read_bytes() for name in ("net.py", *names)}
    return Code(folder / "net.py", folder / "net.py", sources, closed=True)


ALL = ("helper.py", "parts/deep.py", "parts/other.py")


def test_all_sources_that_it_took_from_its_folder_are_known(folder: Path) -> None:
    code = read(folder / "net.py")
    assert values(code) == (1, 2)
    assert own_code.digests(code.path) == {
        folder / name: digest((folder / name).read_bytes()) for name in ("net.py", *ALL)
    }


def test_a_changed_file_or_helper_is_run_again_and_an_unchanged_one_is_not(folder: Path) -> None:
    with running(read(folder / "net.py")) as first, running(read(folder / "net.py")) as again:
        assert first is again
    (folder / "parts" / "other.py").write_text("depth = 3\n")
    assert values(read(folder / "net.py")) == (1, 3)


def test_helpers_of_one_name_in_two_folders_are_two(folder: Path) -> None:
    other = folder / "b"
    other.mkdir()
    (other / "net.py").write_text("from helper import width\ndepth = 0\n")
    (other / "helper.py").write_text("width = 7\n")
    assert values(read(folder / "net.py")) == (1, 2)
    assert values(read(other / "net.py")) == (7, 0)
    assert values(read(folder / "net.py")) == (1, 2)
    assert own_code.digests(other / "net.py").keys() == {other / "net.py", other / "helper.py"}


def test_what_was_imported_before_by_another_way_is_known_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("helper", folder / "helper.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "helper", module)
    code = read(folder / "net.py")
    values(code)
    assert folder / "helper.py" in own_code.digests(code.path)


def test_what_changes_after_it_was_read_does_not_run(folder: Path) -> None:
    code = closed(folder, *ALL)
    for name in ("net.py", *ALL):
        (folder / name).write_text("raise AssertionError('ran')\n")
    assert values(code) == (1, 2)


def test_nothing_compiled_is_used(folder: Path) -> None:
    helper = folder / "helper.py"
    evil = folder / "evil.txt"
    evil.write_text("width = 9\n")
    cached = Path(importlib.util.cache_from_source(str(helper)))
    py_compile.compile(str(evil), str(cached), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert values(read(folder / "net.py")) == (1, 2)


def test_what_lies_in_a_closed_folder_besides_its_sources_is_not_imported(folder: Path) -> None:
    (folder / "net.py").write_text("import helper, wave\nwidth, depth = helper.width, len(wave.__all__)\n")
    code = closed(folder, "helper.py")
    (folder / "wave.py").write_text("raise AssertionError('planted')\n")  # of the standard library's name
    sys.modules.pop("wave", None)
    assert values(code)[0] == 1
    (folder / "net.py").write_text("import helper\n")
    (folder / "helper").mkdir()
    (folder / "helper" / "__init__.py").write_text("raise AssertionError('before helper.py')\n")
    with pytest.raises(Failure, match="it imports helper, which is not installed here"):
        values(closed(folder, "helper.py"))


def test_a_folder_without_init_gives_way_to_a_package_of_that_name(folder: Path) -> None:
    (folder / "numpy").mkdir()
    (folder / "net.py").write_text("import numpy\nwidth, depth = numpy.zeros(3).size, 0\n")
    assert values(read(folder / "net.py")) == (3, 0)


def test_a_constructor_may_import_from_the_folder_too(folder: Path) -> None:
    (folder / "net.py").write_text("def make():\n    import helper\n    return helper.width\n")
    code = read(folder / "net.py")
    with running(code) as module:
        assert module.make() == 1
    assert folder / "helper.py" in own_code.digests(code.path)


def test_what_is_no_source_text_runs_but_cannot_be_compared_later(folder: Path) -> None:
    py_compile.compile(str(folder / "helper.py"), str(folder / "helper.pyc"))
    (folder / "helper.py").unlink()
    code = read(folder / "net.py")
    assert values(code) == (1, 2)
    with pytest.raises(OSError, match=r"helper\.pyc, which is no Python source"):
        own_code.digests(code.path)
    with pytest.raises(Failure, match="it imports helper, which is not installed here"):
        values(closed(folder, "parts/deep.py", "parts/other.py"))


def test_a_mistake_in_a_helper_is_told_with_its_own_place(folder: Path) -> None:
    (folder / "helper.py").write_text("\nwidth = (\n")
    with pytest.raises(InputError, match=r"helper\.py, line 2: .*mend the file's syntax"):
        values(read(folder / "net.py"))


def test_nothing_is_left_behind(folder: Path) -> None:
    places, finders = list(sys.path), list(sys.meta_path)
    values(read(folder / "net.py"))
    assert (sys.path, sys.meta_path) == (places, finders)


def test_a_file_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "huge.py").touch()
    os.truncate(tmp_path / "huge.py", 1 << 40)
    for name, says in (
        ("pipe", "no ordinary file"),
        ("folder", "no ordinary file"),
        ("huge", "larger than"),
        ("none", "does not exist"),
    ):
        with pytest.raises(InputError, match=says):
            read(tmp_path / f"{name}.py")
