"""Where Sphinx asks: pages are completed as they are read, links out of docs/ lead to the repository, and what people
who use keys or a screen reader miss in the theme is put right.

A page has ``<!-- made: NAME -->`` where something stands that is made from the code. Of a folder the pages come in the
order in which its index.md links to them.
"""

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from making import commands, lessons, links, names, schemas

__all__ = ["Sphinx", "setup"]

MARK = re.compile(r"^<!-- made: (?P<name>[a-z-]+) -->$", re.MULTILINE)
LISTED = re.compile(r"\]\(([\w-]+)\.md\)")
SIGNATURE = re.compile(r"<dl>(\s*<dd><em class=\"sig-param\".*?)</dl>", re.DOTALL)
"""The arguments of a function, a line each, which Sphinx makes a list of definitions without what they define."""
WORD = re.compile(r'(?<=<span class="pre">)[^<]*')
"""A word of code in a line of text; a path may go on in the next line."""
MADE = {
    "commands": commands.markdown,
    "public-names": names.public,
    "ops": names.vocabulary,
    "networks": names.shipped_networks,
    "recipes": names.shipped_recipes,
    "documents": schemas.documents,
    "addresses": schemas.addresses,
    "lessons": lessons.cards,
    "first-lesson": lessons.first,
}


def setup(app: Sphinx) -> None:
    """Complete pages as Sphinx reads them, and lay the schemas and lessons beside them."""
    app.add_config_value("repository", "", "env", str)
    app.connect("source-read", _completed)
    app.connect("html-page-context", _within_reach, priority=900)  # after the theme's own
    app.connect("build-finished", _beside)


def _completed(app: Sphinx, page: str, source: list[str]) -> None:
    text = MARK.sub(lambda found: MADE[found["name"]](), source[0])
    listed = dict.fromkeys(LISTED.findall(text)) if page.endswith("/index") else ()
    if listed:
        text += "\n".join(["\n```{toctree}", ":hidden:", *listed, "```\n"])
    source[0] = links.leading_out(text, page, app.config.repository)


def _within_reach(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Let what scrolls be scrolled by keys, and lists and headings be what they are called."""
    body = SIGNATURE.sub(_without_list, context.get("body", ""))
    body = WORD.sub(lambda found: found[0].replace("/", "/<wbr>"), body)
    body = re.sub("(</strong>|</a>) -- ", r"\1: ", body)  # what an argument is
    body = body.replace("<pre>", '<pre tabindex="0">').replace('<pre id="', '<pre tabindex="0" id="')
    context["body"] = body.replace('<div class="table-wrapper ', '<div tabindex="0" class="table-wrapper ')
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def _without_list(found: "re.Match[str]") -> str:
    lines = found[1].replace("<dd>", "<div>").replace("</dd>", "</div>")
    return f'<div class="parameters">{lines}</div>'


def _beside(app: Sphinx, error: Exception | None) -> None:
    """Put what no page of Markdown becomes into the site: schemas, the server's description, lessons."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "reference" / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    documents = schemas.schemas() | {"server": schemas.server()}
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    lessons.lay(Path(app.outdir))
