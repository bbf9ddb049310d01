"""``5x5 explain --post``: an article about the network, as Markdown, HTML or a notebook."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive.explain import Trace

Post = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write an article about this network: FILE.md, FILE.html or FILE.ipynb."),
]


def checked(path: Path | None) -> None:
    """Raise where no article can be written to `path`: before the network is run, not after."""
    if path is None:
        return
    from fivebyfive.views import post

    post.expect_writable(path)
    if not path.parent.is_dir():
        raise InputError(f"--post {path}: there is no folder {path.parent}; make it first")


def write(
    trace: "Trace",
    path: Path | None,
    subject: str,
    *,
    model: str | None,
    network: str | None,
    image: Path | None,
    label: str | None,
) -> list[str]:
    """Write the article, if one is asked for; what to say of it."""
    if path is None:
        return []
    from fivebyfive.views import post

    post.write(trace, path, picture=subject, again=_again(path, model, network, image, label))
    beside = post.folder_of(path)
    also = f", and its files in {beside}" if path.suffix.lower() == ".md" and beside.is_dir() else ""
    return [f"{path}: the article, {path.stat().st_size / 1e3:.0f} kB{also}"]


def _again(path: Path, model: str | None, network: str | None, image: Path | None, label: str | None) -> str:
    """The Python that makes the trace anew; "" for what only the command says so shortly."""
    if network is not None:
        return ""
    loaded = "fivebyfive.load()" if model is None else f"fivebyfive.load({_seen_from(path, Path(model))!r})"
    shown = 'load("mnist").test.pixels[0]' if image is None else repr(_seen_from(path, image))
    first = "from fivebyfive.datasets import load\n\n" if image is None else ""
    right = "" if label is None else f", label={label!r}"
    return f"{first}trace = fivebyfive.explain({loaded}, {shown}{right})"


def _seen_from(path: Path, file: Path) -> str:
    """A file's name from where the notebook lies; a name of what comes with the package stays as it is."""
    if not file.exists():
        return str(file)
    return Path(os.path.relpath(str(file), str(path.parent))).as_posix()
