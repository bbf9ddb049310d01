"""Keras files of strangers: nothing in them runs, nothing else is read, and no claim takes memory."""

import base64
import io
import json
import marshal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

Changed = Callable[[dict[str, Any]], None]
TOLD = """
import sys
from pathlib import Path
from fivebyfive.errors import InputError
from fivebyfive.explain.sources import named
for path in sys.argv[1:]:
    try:
        named(path)
    except InputError as error:
        print(f"REFUSED {error}")
    else:
        print("TAKEN")
"""


def _read(*paths: Path) -> list[str]:
    """What a process of its own says when it reads the files; they must not have left a trace."""
    folder = paths[0].parent
    (folder / "evil.py").write_text("open('pwned', 'w')\nclass Layer: pass\n")
    done = subprocess.run(
        [sys.executable, "-c", TOLD, *map(str, paths)],
        cwd=folder, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert not (folder / "pwned").exists()
    told = [line for line in done.stdout.splitlines() if line.startswith(("REFUSED", "TAKEN"))]
    assert len(told) == len(paths)
    return told


def _small() -> Any:
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten()])


def _with(path: Path, change: Changed) -> Path:
    """A `.keras` file whose configuration has been changed."""
    whole = io.BytesIO()
    _small().save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    change(config)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    path.write_bytes(whole.getvalue())
    return path


def _last(config: dict[str, Any]) -> dict[str, Any]:
    layer: dict[str, Any] = config["config"]["layers"][-1]
    return layer


def _lambda(config: dict[str, Any]) -> None:
    code = compile("lambda x: __import__('pathlib').Path('pwned').touch() or x", "x", "eval").co_consts[0]
    value = {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None, "closure": None}
    function = {"class_name": "__lambda__", "config": value}
    _last(config).update(module="keras.layers", class_name="Lambda", config={"name": "x", "function": function})


def _raw_lambda(config: dict[str, Any]) -> None:
    code = compile("lambda x: __import__('pathlib').Path('pwned').touch() or x", "x", "eval").co_consts[0]
    value = {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None, "closure": None}
    _last(config)["config"]["data_format"] = {"class_name": "__lambda__", "config": value}


def _os_system(config: dict[str, Any]) -> None:
    _last(config).update(module="os", class_name="function", config="system", registered_name="system")


def _run_of_keras(config: dict[str, Any]) -> None:
    """A function of Keras itself that fetches and writes files."""
    inner = {"fname": "pwned", "origin": "file:///etc/passwd"}
    _last(config).update(module="keras.src.utils.file_utils", class_name="get_file", config=inner)


def _public_function(config: dict[str, Any]) -> None:
    _last(config).update(module="keras.utils", class_name="get_file", config={"fname": "pwned", "origin": "file:///x"})


def _torch_module(config: dict[str, Any]) -> None:
    _last(config).update(class_name="TorchModuleWrapper", config={"module": {"class_name": "__bytes__"}})


def _vocabulary(config: dict[str, Any]) -> None:
    _last(config).update(class_name="StringLookup", config={"vocabulary": "/etc/passwd"})


def _registered(config: dict[str, Any]) -> None:
    _last(config).update(module="builtins", registered_name="evil>Flatten")


def _of_a_users_module(config: dict[str, Any]) -> None:
    _last(config).update(module="evil", class_name="Layer", registered_name="Layer")


def _claims_weights(config: dict[str, Any]) -> None:
    config["config"]["layers"][1]["config"]["filters"] = 1 << 40


def _claims_values(config: dict[str, Any]) -> None:
    _last(config).update(class_name="RepeatVector", config={"n": 1 << 40, "name": "r"})
    flat = {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "f"}, "registered_name": None}
    config["config"]["layers"].insert(-1, flat)


CONFIGURATIONS: dict[Changed, str] = {
    _lambda: "has a layer Lambda, which holds Python code",
    _raw_lambda: "names __lambda__",
    _os_system: "names os.function",
    _run_of_keras: "names keras.src.utils.file_utils.get_file",
    _public_function: "names keras.utils.get_file",
    _torch_module: "TorchModuleWrapper, which holds a pickled module",
    _vocabulary: "StringLookup, which may read other files",
    _registered: "names builtins.Flatten",
    _of_a_users_module: "names evil.Layer",
    _claims_weights: "weights, and the whole file holds",
    _claims_values: "values for one picture",
}
"""What has been changed, and what is said of it."""


@pytest.fixture(scope="module")
def of_configurations(tmp_path_factory: pytest.TempPathFactory) -> dict[Changed, str]:
    folder = tmp_path_factory.mktemp("configurations")
    files = [_with(folder / f"crafted{place}.keras", change) for place, change in enumerate(CONFIGURATIONS)]
    return dict(zip(CONFIGURATIONS, _read(*files), strict=True))


@pytest.mark.parametrize("change", CONFIGURATIONS)
def test_a_configuration_that_names_code_or_claims_too_much_is_refused(
    change: Changed, of_configurations: dict[Changed, str]
) -> None:
    assert of_configurations[change].startswith("REFUSED")
    assert CONFIGURATIONS[change] in of_configurations[change]


def test_what_is_not_changed_is_taken(tmp_path: Path) -> None:
    assert _read(_with(tmp_path / "plain.keras", lambda config: None)) == ["TAKEN"]


def _older(path: Path, last: dict[str, Any] | None) -> Path:
    _small().save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        if last is not None:
            config["config"]["layers"][-1] = last
        file.attrs["model_config"] = json.dumps(config)
    return path


def test_the_older_format_is_looked_through_as_well(tmp_path: Path) -> None:
    code = base64.b64encode(marshal.dumps((lambda x: x).__code__)).decode()
    taken, of_python, of_os = _read(
        _older(tmp_path / "old.h5", None),
        _older(tmp_path / "python.h5", {"class_name": "Lambda", "config": {"function": [code, None, None]}}),
        _older(tmp_path / "os.h5", {"class_name": "function", "module": "os", "config": "system"}),
    )
    assert taken == "TAKEN"
    assert "has a layer Lambda" in of_python
    assert "names os.function" in of_os


def _repacked(path: Path, extra: zipfile.ZipInfo | str, data: bytes = b"x") -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(extra, data)


def test_an_archive_holds_what_keras_writes_and_no_more(tmp_path: Path) -> None:
    more = _with(tmp_path / "more.keras", lambda config: None)
    _repacked(more, "../pwned")
    linked = _with(tmp_path / "link.keras", lambda config: None)
    link = zipfile.ZipInfo("assets")
    link.external_attr = 0o120777 << 16
    _repacked(linked, link, b"/etc")
    twice = _with(tmp_path / "twice.keras", lambda config: None)
    with pytest.warns(UserWarning, match="Duplicate"):
        _repacked(twice, "config.json", b"{}")
    first, second, third = _read(more, linked, twice)
    assert "which no model of Keras has in it" in first
    assert "which no model of Keras has in it" in second
    assert third.startswith("REFUSED")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("config.json", "metadata.json", "model.weights.h5"):
            archive.writestr(name, bytes(100 << 20))
    assert "claims 104,857,600 bytes" in _read(path)[0]


def _weights(path: Path, craft: Callable[[h5py.File], None]) -> Path:
    _small().save(path)
    with h5py.File(path, "r+") as file:
        craft(file)
    return path


def _external(file: h5py.File) -> None:
    file["model_weights/other"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft(file: h5py.File) -> None:
    file["model_weights/other"] = h5py.SoftLink("/model_weights")


def _outside(file: h5py.File) -> None:
    file.create_dataset("model_weights/other", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("model_weights/other", layout)


def _unwritten(file: h5py.File) -> None:
    file.create_dataset("model_weights/other", (1 << 40,), "f4", chunks=(1 << 20,))


def _circle(file: h5py.File) -> None:
    file["model_weights/again"] = file["model_weights"]


STORED: dict[Callable[[h5py.File], None], str] = {
    _external: "is a link out of its place",
    _soft: "is a link out of its place",
    _outside: "lie in another file, which is never read",
    _virtual: "lie in another file, which is never read",
    _unwritten: "claims 4,398,046,511,104 bytes",
    _circle: "is there twice",
}


def test_weights_lie_in_the_file_itself(tmp_path: Path) -> None:
    files = [_weights(tmp_path / f"crafted{place}.h5", craft) for place, craft in enumerate(STORED)]
    for told, said in zip(_read(*files), STORED.values(), strict=True):
        assert told.startswith("REFUSED")
        assert said in told


def test_what_is_damaged_is_told_in_one_line(tmp_path: Path) -> None:
    files = []
    for kind in (".keras", ".h5"):
        noise, half = tmp_path / f"noise{kind}", tmp_path / f"half{kind}"
        noise.write_bytes(np.random.default_rng(0).bytes(5000))
        _small().save(half)
        half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
        files += [noise, half, tmp_path / f"missing{kind}"]
    told = _read(*files)
    assert all(line.startswith("REFUSED") for line in told)
    assert "does not exist" in told[2]
    assert "does not exist" in told[5]
