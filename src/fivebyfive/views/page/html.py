"""The page as text: live, for a server to send, or whole, for a file that needs nothing else.

``live()`` is index.html with links to ``static/NAME``, which `resource(NAME)` reads; ``html(trace)`` is one
self-contained file that asks for nothing over the network and forbids itself to (its own Content-Security-Policy).

Joining the modules is plain, because every module imports and exports by name only: each becomes a function that is
called at once and returns what it exports. One module is no file: ``js/kinds/all.js`` lists the files of its folder, so
that a new kind of step is one new file there.
"""

import base64
import functools
import hashlib
import html as escape
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive.files import write_atomically

if TYPE_CHECKING:
    from fivebyfive.explain.comparison import Comparison
    from fivebyfive.explain.trace import Trace
    from fivebyfive.views.page.envelope import Part

HERE = Path(__file__).parent
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[\w./]+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
EXPORT_LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
KINDS = "kinds/all.js"
"""The one module that is not a file: it lists the folder that it is asked for in."""
SHEETS = (
    *("base", "kinds", "frame", "answer", "code", "overview", "layer", "number", "laboratory", "why", "given", "back"),
    *("live", "lesson", "compare", "large", "narrow"),
)
"""The parts of css/page.css, in css/page/: what a screen needs comes last, and wins."""
NOTEBOOK_HEIGHT = 860


STYLE, SCRIPT = (
    '<link rel="stylesheet" href="static/css/page.css">',
    '<script type="module" src="static/js/main.js"></script>',
)
NOTES = '<div id="notes"'
"""In index.html: what links to the style and the script, and before what a film is shown."""


def live(filmed: bool = False) -> str:
    """The page that asks ``/api/…`` for its document; to be served at ``/``.

    Args:
        filmed: it shows a film of the network's training too.
    """
    page = (HERE / "index.html").read_text(encoding="utf-8")
    if not filmed:
        return page
    section = '<section id="training" class="card training" aria-labelledby="training-title" hidden></section>'
    page = _replaced(page, STYLE, STYLE + "\n" + STYLE.replace("page.css", "training.css"))
    page = _replaced(page, NOTES, f"{section}\n    {NOTES}")
    return _replaced(page, SCRIPT, SCRIPT.replace("main.js", "filmed.js"))


def watching() -> str:
    """The page that follows a training through ``/api/training``; to be served at ``/``."""
    return (HERE / "training.html").read_text(encoding="utf-8")


def resource(name: str) -> tuple[bytes, str] | None:
    """The module or style at ``static/NAME`` and its media type, or None when the page has no such file."""
    if name == f"js/{KINDS}":
        return kinds(HERE).encode(), MEDIA_TYPES[".js"]
    if name == "css/page.css":
        return sheet("page.css").encode(), MEDIA_TYPES[".css"]
    path = _resources(HERE).get(name)
    return None if path is None else (path.read_bytes(), MEDIA_TYPES[path.suffix])


@functools.cache
def _resources(here: Path) -> dict[str, Path]:
    files = (path for folder in ("js", "css") for path in (here / folder).rglob("*") if path.suffix in MEDIA_TYPES)
    return {path.relative_to(here).as_posix(): path for path in files}


def sheet(name: str) -> str:
    """One of the page's style sheets."""
    if name != "page.css":
        return (HERE / "css" / name).read_text(encoding="utf-8")
    return "\n".join((HERE / "css" / "page" / f"{part}.css").read_text(encoding="utf-8") for part in SHEETS)


def kinds(here: Path) -> str:
    """The module that lists what the page knows: every file of js/kinds/, by its name."""
    names = sorted(path.stem for path in (here / "js" / "kinds").glob("*.js"))
    imports = [f'import {{ kind as {name} }} from "./{name}.js";' for name in names]
    return "\n".join([*imports, f"export const KINDS = {{ {', '.join(names)} }};", ""])


def html(trace: "Trace", film: "Part | None" = None, against: "Part | None" = None) -> str:
    """The whole page for `trace` in one file of at most 20 MB, with the film of a training if there is one.

    Args:
        against: another trace beside it (`against.py`).
    """
    from fivebyfive.views.page.keep import file_document  # with PyTorch, which the server of the live page does without

    first = ("main.js",) if film is None else ("filmed.js",)
    return _file(file_document(trace, film, against), _script(HERE, first), film is not None, "")


def standalone(document: bytes) -> str:
    """The page that runs the network by itself, in one file; `document` is its envelope, compressed."""
    data = base64.b64encode(document).decode()
    return _file(data, _script(HERE, ("network/worker.js", "main.js")), False, "worker-src blob:; ")


def _file(data: str, script: str, filmed: bool, more: str) -> str:
    """The page with its document, style and script in it.

    Args:
        more: what its policy allows besides its own style and script.
    """
    styles = ("page.css", "training.css") if filmed else ("page.css",)
    style = "".join(map(sheet, styles))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; {more}"
        "base-uri 'none'; form-action 'none'"
    )
    held = f'<script type="application/octet-stream" id="document">{data}</script>'
    page = live(filmed)
    for old, new in (
        ('<meta charset="utf-8">', f'<meta charset="utf-8">\n{policed(policy)}'),
        (STYLE, f"<style>{style}</style>"),
        ("\n" + STYLE.replace("page.css", "training.css") if filmed else "", ""),
        (
            SCRIPT.replace("main.js", "filmed.js") if filmed else SCRIPT,
            f'{held}\n<script type="module" id="program">{script}</script>',
        ),
    ):
        page = _replaced(page, old, new)
    return page


def policed(policy: str) -> str:
    """A page's own Content-Security-Policy."""
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _replaced(page: str, old: str, new: str) -> str:
    before, found, after = page.partition(old) if old else ("", "-", page)
    assert found, f"index.html lacks {old}"
    return before + new + after


def write(trace: "Trace", path: Path, film: "Part | None" = None, against: "Part | None" = None) -> None:
    """Write `html(trace, film, against)` to `path`, in one move.

    Raises:
        Failure: it cannot be written; what was there is as it was.
    """
    text = html(trace, film, against)
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def write_comparison(comparison: "Comparison", path: Path, film: "Part | None" = None) -> None:
    """Write A's page with B beside it to `path`, in one move.

    Raises:
        Failure: it cannot be written; what was there is as it was.
    """
    from fivebyfive.views.page.against import beside

    write(comparison.first, path, film, beside(comparison))


def notebook(text: str) -> str:
    """A page for a notebook's cell: in a frame of its own, apart from the notebook's styles and scripts."""
    page = escape.escape(text, quote=True)
    return (
        f'<iframe srcdoc="{page}" title="fivebyfive" sandbox="allow-scripts" '
        f'style="width: 100%; height: {NOTEBOOK_HEIGHT}px; border: 0"></iframe>'
    )


@functools.cache
def _script(here: Path, firsts: tuple[str, ...]) -> str:
    """Every module that `firsts` need, as one script; what only the last of them needs is for a page, not a worker."""
    shared = order(here, *firsts[:-1])
    own = [name for name in order(here, *firsts) if name not in shared]
    joined = ["const modules = {};", *(_joined(here, name) for name in shared)]
    joined += ["if (globalThis.document) {" * bool(shared), *(_joined(here, name) for name in own), "}" * bool(shared)]
    script = "\n".join(joined)
    assert "</script" not in script, "a module must not hold the end of a script element"
    return script


def order(here: Path, *firsts: str) -> list[str]:
    """Every module that `firsts` need, each after those that it imports."""
    found: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, f"modules import each other in a circle: {' → '.join((*above, name))}"
        for _, needed in IMPORT.findall(_module(here, name)):
            visit(_beside(name, needed), (*above, name))
        if name not in found:
            found.append(name)

    for first in firsts:
        visit(first, ())
    return found


def _module(here: Path, name: str) -> str:
    return kinds(here) if name == KINDS else (here / "js" / name).read_text(encoding="utf-8")


def _beside(name: str, needed: str) -> str:
    """The module that `name` calls `needed`, from the folder of all modules."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), needed))


def _joined(here: Path, name: str) -> str:
    def taken(found: re.Match[str]) -> str:
        return f'const {found[1].replace(" as ", ": ")} = modules["{_beside(name, found[2])}"];'

    text = _module(here, name)
    listed = ",".join(EXPORT_LIST.findall(text))
    exported = [found for _, found in EXPORT.findall(text)] + [n.strip() for n in listed.split(",") if n.strip()]
    body = EXPORT_LIST.sub("", EXPORT.sub(r"\1", IMPORT.sub(taken, text)))
    return f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();'


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
