"""The lessons that ``docs/gallery/make.py`` has made, as cards of a page, and as files of the site."""

import html
import json
import shutil
from pathlib import Path
from typing import Any

MADE = Path(__file__).parents[2] / "build" / "lessons"
FIRST = "quick"
"""The lesson on the first page: small, so that a phone has it at once."""
HERE = "lessons"
"""Their folder on the site."""
MISSING = "*The lessons are not in this copy: `python docs/gallery/make.py` makes them.*\n"


def made() -> list[dict[str, Any]]:
    """What is known of each lesson that is there, in the order in which they are shown."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(MADE.glob("[!.]*/lesson.json"))]
    return sorted(found, key=lambda lesson: int(lesson["place"]))


def cards() -> str:
    """A card a lesson: its drawing, what it is, how large, how well it reads."""
    lessons = made()
    if not lessons:
        return MISSING
    return "\n".join(["```{raw} html", '<ul class="lessons">', *map(_card, lessons), "</ul>", "```\n"])


def _card(lesson: dict[str, Any]) -> str:
    address = f"../{HERE}/{lesson['name']}"
    read = f"; {lesson['accuracy']:.1%} of the test images read rightly" if lesson["accuracy"] is not None else ""
    facts = f"{lesson['parameters']:,} parameters{read}; a page of {lesson['bytes'] / 1e6:.1f} MB"
    return (
        f'<li><a href="{address}/index.html"><img src="{address}/drawing.svg" alt="" loading="lazy">'
        f"<strong>{html.escape(lesson['title'])}</strong></a>"
        f"<p>{html.escape(lesson['says'])}</p>"
        f'<p class="facts">{facts}. <code>{html.escape(lesson["network"])}</code></p></li>'
    )


def first() -> str:
    """The lesson of the first page, in a frame of its own."""
    if all(lesson["name"] != FIRST for lesson in made()):
        return MISSING
    address = f"{HERE}/{FIRST}/index.html"
    frame = (
        f'<iframe class="lesson" src="{address}" title="A network that reads what you draw" loading="lazy"></iframe>'
    )
    alone = f'<p class="alone"><a href="{address}">The lesson on a page of its own</a></p>'
    return f"```{{raw}} html\n{frame}\n{alone}\n```\n"


def lay(site: Path) -> None:
    """Put them into the site."""
    if made():
        shutil.copytree(MADE, site / HERE, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
