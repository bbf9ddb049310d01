"""A formula as MathML Core, which browsers draw without a script: https://www.w3.org/TR/mathml-core/."""

from collections.abc import Sequence
from html import escape

from fivebyfive.views.post.formula import FUNCTIONS, Leaf, Node, Root, Row, Script, lines

_UNDER = ("Σ", "max", "min")
"""What has its limits below it, and not beside."""


def block(rows: Sequence[Row]) -> str:
    """Formulas under each other, each broken into lines."""
    cells = [(n, line) for row in rows for n, line in enumerate(lines(row))]
    written = "".join(f"<mtr><mtd{_indented(n)}>{mathml(line)}</mtd></mtr>" for n, line in cells)
    return f'<math display="block"><mtable displaystyle="true">{written}</mtable></math>'


def inline(row: Row) -> str:
    """A formula in a sentence."""
    return f"<math>{mathml(row)}</math>"


def _indented(n: int) -> str:
    return ' class="more"' if n else ""


def mathml(node: Node) -> str:
    """`node` as elements."""
    if isinstance(node, Row):
        return f"<mrow>{''.join(mathml(part) for part in node.parts)}</mrow>"
    if isinstance(node, Root):
        return f"<msqrt>{mathml(node.inside)}</msqrt>"
    if isinstance(node, Script):
        return _script(node)
    return _leaf(node)


def _script(node: Script) -> str:
    under = isinstance(node.base, Leaf) and node.base.text in _UNDER
    parts = [mathml(part) for part in (node.base, node.below, node.above) if part is not None]
    tag = ("munder" if under else "msub") if node.below is not None else "msup"
    if node.below is not None and node.above is not None:
        tag = "munderover" if under else "msubsup"
    return f"<{tag}>{''.join(parts)}</{tag}>"


def _leaf(leaf: Leaf) -> str:
    text = escape(leaf.text)
    if leaf.sort == "number":
        mantissa, e, exponent = text.partition("e")
        if not e:
            return f"<mn>{text}</mn>"
        return f"<mn>{mantissa}</mn><mo>·</mo><msup><mn>10</mn><mn>{int(exponent)}</mn></msup>".replace(
            "<mn>-", "<mn>−"
        )
    if leaf.sort == "words":
        return f"<mtext>{text.replace(' ', '&#160;')}</mtext>"
    if leaf.sort == "letter":
        return f'<mi mathvariant="normal">{text}</mi>' if leaf.text in FUNCTIONS else f"<mi>{text}</mi>"
    return f'<mo stretchy="false">{text}</mo>' if leaf.text in "()[]{}|‖" else f"<mo>{text}</mo>"
