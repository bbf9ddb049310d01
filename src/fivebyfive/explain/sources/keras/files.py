"""Keras's own files, `.keras` and the older `.h5`: no code, vetted, and loaded from a copy that nobody can change."""

import importlib
import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from fivebyfive import causes
from fivebyfive.errors import InputError
from fivebyfive.explain.sources.keras import as_network
from fivebyfive.explain.sources.keras.stored import opened
from fivebyfive.explain.sources.keras.vetting import check_sizes, configuration, no_more_than
from fivebyfive.files import open_plain
from fivebyfive.networks import keras_lines

CONFIG, ABOUT, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MOST_ABOUT = 1 << 20
PACKED = 64
"""Times that a file may be as large as in its archive."""


def read(path: Path) -> nn.Module:
    """The network in a `.keras` or `.h5` file, ready to be explained. Nothing in the file is run.

    Raises:
        InputError: there is no such file, it is damaged, it names code, or it holds weights alone.
    """
    with _copied(path) as copy:
        _expect_keras()
        model = (_from_archive if zipfile.is_zipfile(copy) else _from_hdf5)(copy, path)
    check_sizes(model, path)
    return as_network(model, path.name)


def load_weights(network: Any, path: Path) -> None:
    """Give a Keras model of the user's own the weights of a `.weights.h5`, `.h5` or `.keras` file.

    Raises:
        InputError: they do not fit it, or it has not been built.
    """
    with _copied(path) as copy:
        named = copy.with_name(WEIGHTS if path.name.endswith(".weights.h5") else f"weights{path.suffix}")
        copy.rename(named)
        if zipfile.is_zipfile(named):
            with _archive(named, path) as archive:
                (named.parent / WEIGHTS).write_bytes(archive.read(WEIGHTS))
            named = named.parent / WEIGHTS
        with opened(named, path):
            pass
        if not network.built:
            raise InputError(
                f"{network.name} has no weights yet, so {path} cannot be put into them; let the code call "
                "build((None, height, width, channels)), or begin with keras.Input"
            )
        try:
            network.load_weights(named)
        except Exception as error:  # Keras may refuse in any way
            raise InputError(f"{path} does not fit {network.name}: {causes.cause(error)}") from None


def _expect_keras() -> None:
    from fivebyfive.explain.sources import needed

    needed("keras")
    with keras_lines.noted():
        importlib.import_module("keras")


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """A copy of the file in a folder of its own, so that what was looked through is what is loaded."""
    try:
        source = open_plain(path)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error})") from None
    with source, tempfile.TemporaryDirectory(prefix="fivebyfive-") as folder:
        copy = Path(folder) / f"given{path.suffix}"
        with copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy


@contextmanager
def _archive(copy: Path, path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, which holds what Keras writes and no more, none of it larger than it may be.

    Raises:
        InputError: it does not.
    """
    try:
        with zipfile.ZipFile(copy) as archive:
            entries = archive.infolist()
            for entry in entries:
                if entry.filename not in (CONFIG, ABOUT, WEIGHTS):
                    raise InputError(f"{path} holds {entry.filename[:100]!r}, which no model of Keras has in it")
                if entry.file_size > entry.compress_size * PACKED + MOST_ABOUT:
                    raise InputError(f"{path}: {entry.filename} claims {entry.file_size:,} bytes; the file is damaged")
            if sorted(entry.filename for entry in entries) != sorted((CONFIG, ABOUT, WEIGHTS)):
                raise InputError(f"{path} lacks {CONFIG} or {WEIGHTS}; it is no model of Keras, or damaged")
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise InputError(f"{path} is damaged ({str(error)[:100]})") from None


def _from_archive(copy: Path, path: Path) -> Any:
    import keras

    with _archive(copy, path) as archive:
        _expect_version(archive.read(ABOUT), path)
        config = configuration(archive.read(CONFIG), path)
        weights = copy.with_name(WEIGHTS)
        with archive.open(WEIGHTS) as source, weights.open("wb") as target:
            shutil.copyfileobj(source, target)
        about = archive.read(ABOUT)
    with opened(weights, path) as (_, values):
        pass
    clean = copy.with_name("clean.keras")
    with zipfile.ZipFile(clean, "w") as archive:
        archive.writestr(CONFIG, json.dumps(config))
        archive.writestr(ABOUT, about)
        archive.write(weights, WEIGHTS)
    return _loaded(keras.saving.load_model, clean, values, path)


def _expect_version(about: bytes, path: Path) -> None:
    """Raise where an older Keras wrote the archive, whose configuration was another."""
    try:
        version = str(json.loads(about).get("keras_version", ""))
    except (ValueError, AttributeError, RecursionError):
        raise InputError(f"{path}: its {ABOUT} is no JSON; the file is damaged") from None
    if version.startswith("2."):
        raise InputError(
            f"{path} was written by Keras {version[:20]}, whose .keras format Keras 3 does not read; save it there as "
            ".h5, which is read"
        )


def _from_hdf5(copy: Path, path: Path) -> Any:
    import keras

    with opened(copy, path) as (file, values):
        said = file.attrs.get("model_config")
        if said is None:
            raise InputError(
                f"{path} holds weights alone, no network; give the code that they are for: FILE.py:NAME --model {path}"
            )
        configuration(said if isinstance(said, bytes) else str(said).encode(), path)
    named = copy.rename(copy.with_name("clean.h5"))
    return _loaded(keras.saving.load_model, named, values, path)


def _loaded(load: Any, clean: Path, values: int, path: Path) -> Any:
    """What Keras makes of a file that has been looked through."""
    with no_more_than(values, path), keras_lines.noted():  # TensorFlow, which it may bring in, would greet
        warnings.filterwarnings("ignore", "The structure of `inputs`", UserWarning)  # at each call, of a list of one
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of arguments that the file's Keras called otherwise
                return load(clean, compile=False, safe_mode=True)
        except InputError:
            raise
        except Exception as error:  # Keras may refuse in any way
            if isinstance(error.__cause__, InputError):
                raise error.__cause__ from None
            raise InputError(f"{path} cannot be loaded by Keras: {causes.cause(error)}") from None
