"""An article in files: the text, and beside a Markdown text the folder of its figures, of which it owns every file."""

from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive.errors import InputError
from fivebyfive.files import make_folder, write_atomically
from fivebyfive.text import in_order
from fivebyfive.views.post.article import Article, Figure
from fivebyfive.views.post.drawn import is_ours, svg_of
from fivebyfive.views.post.html import html
from fivebyfive.views.post.markdown import markdown, plain
from fivebyfive.views.post.notebook import notebook

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

ENDINGS = (".md", ".html", ".ipynb")
TRACE = "trace.safetensors"
"""In a notebook's folder, the trace that it shows, where nobody said how it was made."""


def expect_writable(path: Path) -> None:
    """Raise unless an article can be written to `path`.

    Raises:
        InputError: its ending is none of ours, it is a folder, or the folder of its figures holds other things.
    """
    if path.suffix.lower() not in ENDINGS:
        said = f"ends in {path.suffix}" if path.suffix else "has no ending"
        raise InputError(f"{path} {said}; an article is written as {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    if path.is_dir():
        raise InputError(f"an article needs the name of a file; {path} is a folder")
    if path.suffix.lower() != ".html":
        expect_ours(folder_of(path))


def folder_of(path: Path) -> Path:
    """Where the files that belong to an article lie."""
    return path.with_name(f"{path.stem}_files")


def expect_ours(folder: Path) -> None:
    """Raise unless `folder` is not there, or holds nothing but figures (and a trace) of ours.

    Raises:
        InputError: names what else is there.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is no folder, and figures go there; move it, or choose another name")
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not _is_ours(entry):
            raise InputError(
                f"{folder} holds {entry.name}, which is no figure of an article; nothing is written among other "
                "people's files: choose another name"
            )


def _is_ours(entry: Path) -> bool:
    if entry.is_symlink() or not entry.is_file():
        return False
    if entry.name == TRACE:
        return True
    with entry.open("rb") as file:
        return entry.suffix == ".svg" and is_ours(file.read(400).decode("utf-8", errors="replace"))


def write(trace: "Trace", article: Article, path: Path, again: str = "", picture: str = "") -> None:
    """Write the article to `path`, as its ending says; its figures first, so that no text names what is not there.

    Args:
        path: one that `expect_writable` has nothing against.
        again: for a notebook, the Python that makes ``trace`` anew; without it, the trace is kept beside it.
        picture: what the article says that the picture is.
    """
    ending = path.suffix.lower()
    if ending == ".html":
        _put(path, in_order(html(article)))
    elif ending == ".md":
        figures = {f"{name}.svg": svg_of(figure) for name, figure in article.figures.items()}
        folder = _filled(path, figures)
        _put(path, in_order(markdown(article, lambda figure: _shown(folder, figure))))
    else:
        if not again:
            folder = folder_of(path)
            make_folder(folder)
            trace.save(folder / TRACE)
            again = f'trace = fivebyfive.Trace.load("{folder.name}/{TRACE}")'
        _put(path, notebook(article, again, picture))


def _filled(path: Path, figures: dict[str, str]) -> Path:
    """The folder with these figures, and no older ones."""
    folder = folder_of(path)
    make_folder(folder)
    for name, text in figures.items():
        _put(folder / name, text)
    for entry in folder.iterdir():
        if entry.suffix == ".svg" and entry.name not in figures and _is_ours(entry):
            entry.unlink()
    return folder


def _shown(folder: Path, figure: Figure) -> str:
    from urllib.parse import quote

    caption = plain(figure.caption)
    return f"![{caption}]({quote(folder.name)}/{figure.name}.svg)\n\n*{caption}*"


def _put(path: Path, text: str) -> None:
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))
