"""The page that runs the network by itself as a site: static files for any web server, under any path.

The weights are a file of their own whose name holds what is in it (a hash), so that browsers may keep it for ever.
``site.json`` lists what was written: a folder with it may be written again, and only these files are replaced.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from fivebyfive.errors import InputError
from fivebyfive.files import make_folder, write_atomically
from fivebyfive.views.page.html import HERE, STYLE, live, order, policed, resource

LIST = "site.json"
MAKER = "fivebyfive"
"""Who wrote such a list: another program's may have the same name."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'"
)
NO_ICON = '<link rel="icon" href="data:,">'
"""Else browsers ask the server for one."""
EMBED = '<iframe src="{address}" title="{title}" width="100%" height="860" loading="lazy"></iframe>'
"""How another page shows the site."""


def expect_free(folder: Path) -> None:
    """Raise unless `folder` is missing, empty, or a site that was written before.

    Raises:
        InputError: it holds something else, or is no folder.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is no folder; --site needs a new folder, or one that it wrote before")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    before = _before(folder)
    known = {LIST, *before} if before else set()
    foreign = [p for p in sorted(folder.rglob("*")) if p.is_symlink() or not p.is_dir()]
    foreign = [p for p in foreign if p.is_symlink() or p.relative_to(folder).as_posix() not in known]
    if foreign:
        raise InputError(f"{foreign[0]} is no part of a site that was written here; name an empty folder for --site")


def write(folder: Path, document: bytes) -> None:
    """Write the site of a network, whose envelope is `document`; what an older one left is removed.

    Raises:
        Failure: it cannot be written.
    """
    before = _before(folder)
    made = files(document)
    make_folder(folder)
    _put(folder / LIST, _listed({*made, *before}))  # first: what is cut short can be written again
    for name in (n for n in made if n != "index.html"):
        _put(folder / name, made[name])
    _put(folder / "index.html", made["index.html"])  # last: what it names is there
    for name in before:
        if name not in made and (folder / name).is_file() and not (folder / name).is_symlink():
            (folder / name).unlink()
    _put(folder / LIST, _listed(made))


def files(document: bytes) -> dict[str, bytes]:
    """What the site is made of, by name."""
    network = f"network-{hashlib.sha256(document).hexdigest()[:16]}.bin"
    names = ["css/page.css", *(f"js/{name}" for name in order(HERE, "network/worker.js", "main.js"))]
    found = {f"static/{name}": content[0] for name in names if (content := resource(name)) is not None}
    link = f'<link id="network-file" rel="preload" as="fetch" crossorigin href="{network}">\n{NO_ICON}'
    page = live().replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{policed(POLICY)}', 1)
    page = page.replace(STYLE, f"{STYLE}\n{link}", 1)
    return found | {network: document, "index.html": page.encode(), "embed.html": _embed().encode()}


def embedded(address: str = "https://YOUR.SITE/PATH/") -> str:
    """The element that shows the site in another page."""
    return EMBED.format(address=address, title="A network that runs in this page")


def _embed() -> str:
    policy = "default-src 'none'; frame-src 'self'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"{policed(policy)}\n<title>How to embed</title>\n</head>\n<body>\n"
        f"<!-- In your own page, with the address where index.html lies:\n{embedded()}\n-->\n"
        f"{embedded('index.html')}\n</body>\n</html>\n"
    )


def _listed(names: Iterable[str]) -> bytes:
    return json.dumps({"made by": MAKER, "files": sorted(names)}, indent=1).encode()


def _before(folder: Path) -> list[str]:
    """The files of a site that was written into `folder` before; none where it is none."""
    path = folder / LIST
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        listed = found["files"] if found.get("made by") == MAKER else []
        return [name for name in listed if isinstance(name, str) and _is_below(name)]
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return []


def _is_below(name: str) -> bool:
    """Whether a name of the list leads nowhere else."""
    parts = Path(name).parts
    return bool(parts) and not Path(name).is_absolute() and ".." not in parts


def _put(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    make_folder(path.parent)
    write_atomically(path, lambda file: file.write_bytes(content))
