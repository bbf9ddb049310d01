"""An article as one HTML file without scripts: formulas in MathML, figures as SVG, fit for paper too."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from fivebyfive.text import printable
from fivebyfive.views import palette
from fivebyfive.views.post import mathml
from fivebyfive.views.post.article import (
    Article,
    Block,
    Bullets,
    Code,
    Figure,
    Fold,
    Formulas,
    Link,
    Maths,
    Mono,
    Paragraph,
    Question,
    Section,
    Table,
    Words,
)
from fivebyfive.views.post.formula import parsed
from fivebyfive.views.post.panel import drawn, groups, style

STYLE_SHEET = Path(__file__).parent / "article.css"


def html(article: Article) -> str:
    """The whole page."""
    sections = "\n".join(_section(section) for section in article.sections)
    title = escape(article.title)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{title}</title>\n<style>\n{STYLE_SHEET.read_text(encoding='utf-8')}</style>\n"
        f"{style(palette.KINDS)}\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    level = section.level
    head = f"<h{level}>{escape(section.title)}</h{level}>\n" if section.title else ""
    return f"<section>\n{head}{_blocks(section.blocks)}\n</section>"


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Paragraph(words):
            return f"<p>{_words(words)}</p>"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{_words(item)}</li>' for item in items)}</ul>"
        case Code(text, where):
            shown = _scrolled(f"<pre><code>{escape(text)}</code></pre>", where)
            return f'<figure class="code"><figcaption>{escape(where)}</figcaption>{shown}</figure>'
        case Figure():
            return _figure(block)
        case Formulas(rows):
            return _scrolled(mathml.block([parsed(row) for row in rows]), "formula", "formula")
        case Table(head, rows):
            return _scrolled(_table(head, rows), "table")
        case Question():
            return _question(block)
        case Fold(summary, inside):
            return f"<details><summary>{escape(summary)}</summary>\n{_blocks(inside)}\n</details>"


def _words(words: Words) -> str:
    return "".join(_part(part) for part in words)


def _part(part: str | Mono | Link | Maths) -> str:
    if isinstance(part, Mono):
        return f"<code>{escape(printable(part.text))}</code>"
    if isinstance(part, Maths):
        return mathml.inline(parsed(part.text))
    if isinstance(part, Link):
        return f'<a href="{escape(part.url)}">{escape(part.text)}</a>'
    return escape(printable(part))


def _figure(figure: Figure) -> str:
    caption = f"<figcaption>{escape(printable(figure.caption))}</figcaption>"
    if figure.svg:
        inside = _scrolled(figure.svg, figure.caption, "wide")
        return f'<figure class="drawing" id="{figure.name}">{inside}{caption}</figure>'
    panels = "".join(
        f'<div class="group">{"".join(drawn(panel, figure.caption) for panel in group)}</div>'
        for group in groups(figure.panels)
    )
    return f'<figure id="{figure.name}">{_scrolled(panels, figure.caption, "panels")}{caption}</figure>'


def _scrolled(inside: str, name: str, kind: str = "") -> str:
    """What may be wider than a narrow screen: it scrolls by itself, by keyboard too."""
    named = f"scrolled {kind}".strip()
    return f'<div class="{named}" tabindex="0" role="group" aria-label="{escape(name)}">{inside}</div>'


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _question(question: Question) -> str:
    choices = "".join(f"<li>{escape(answer)}</li>" for answer in question.answers)
    listed = f"<ol>{choices}</ol>" if choices else ""
    answer = f"<p><strong>{escape(question.right)}</strong></p><p>{escape(question.because)}</p>"
    return (
        f'<div class="question"><p>{escape(question.question)}</p>{listed}'
        f"<details><summary>The answer</summary>{answer}</details></div>"
    )
