"""Links: those out of docs/ lead to the repository, and those of the built site must hold."""

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

OUTWARD = re.compile(r"\[(?P<words>[^\]]*)\]\((?P<path>(?:\.\./)+[^)#\s]*)(?P<place>#[^)\s]*)?\)")
"""A Markdown link whose target begins with ../"""


def leading_out(text: str, page: str, repository: str) -> str:
    """`text` of the page docs/`page`; links to files outside of docs/ lead to `repository`, or are words without it."""

    def led(found: "re.Match[str]") -> str:
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), found["path"]))
        if path.startswith("docs/"):
            return found[0]
        words = found["words"]
        return f"[{words}]({repository}/blob/main/{path}{found['place'] or ''})" if repository else words

    return OUTWARD.sub(led, text)


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what it says of links and anchors."""
        for name, value in attrs:
            if value and name in ("id", "name"):
                self.anchors.add(value)
            elif value and name in ("href", "src") and tag != "link":
                self.links.add(value)


def broken(site: Path, alone: str = "lessons") -> list[str]:
    """What leads nowhere: links to files, or to anchors in pages, of the site in `site` that are not there.

    Args:
        alone: a folder whose pages are not looked into: they need nothing but themselves.
    """
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in _pages(site, alone)}
    return [
        f"{path.relative_to(site)}: {link}"
        for path, page in pages.items()
        for link in sorted(page.links)
        if not urlsplit(link).scheme and not _holds(site, path, link, pages)
    ]


def outside(site: Path, alone: str = "lessons") -> list[str]:
    """The addresses of other sites that the pages lead to."""
    links = {link for path in _pages(site, alone) for link in Page(path.read_text(encoding="utf-8")).links}
    return sorted(link for link in links if urlsplit(link).scheme in ("http", "https"))


def _pages(site: Path, alone: str) -> Iterator[Path]:
    return (path for path in sorted(site.rglob("*.html")) if path.relative_to(site).parts[0] != alone)


def _holds(site: Path, path: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    named = unquote(parts.path)
    target = path if not named else Path(posixpath.normpath(posixpath.join(path.parent.as_posix(), named)))
    if target.is_dir():
        target /= "index.html"
    if not (target.is_file() and target.is_relative_to(site)):
        return False
    return not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors
