"""A formula as LaTeX within Markdown: no command has a sign behind its backslash, which Markdown would take."""

from collections.abc import Sequence

from fivebyfive.views.post.formula import FUNCTIONS, Leaf, Node, Root, Row, Script, lines

_SIGNS = {
    "·": r"\cdot ", "−": "-", "Σ": r"\sum ", "…": r"\dots ", "‖": r"\Vert ", "|": r"\vert ",
    "∂": r"\partial ", "≤": r"\le ", "≥": r"\ge ",
    ">": r"\gt ", "<": r"\lt ", "×": r"\times ", "→": r"\to ", "∞": r"\infty ", "{": r"\lbrace ", "}": r"\rbrace ",
    "%": r"\text{ percent}", "_": " ", "#": " ", "&": " ", "$": " ", "~": " ", "\\": " ", "^": " ", ",": ", ",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "θ": "theta", "λ": "lambda", "μ": "mu",
    "ν": "nu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "Φ": "Phi", "ω": "omega", "Δ": "Delta",
    "η": "eta", "κ": "kappa",
}  # fmt: skip
_KNOWN = frozenset(["max", "min", "ln", "log", "exp", "tanh", "cos", "sin"])


def block(rows: Sequence[Row]) -> str:
    """Formulas under each other, aligned at their first =."""
    written = [_aligned(line, n) for row in rows for n, line in enumerate(lines(row))]
    if len(written) == 1:
        return latex(rows[0])
    return "\\begin{aligned}\n" + " \\cr\n".join(written) + "\n\\end{aligned}"


def _aligned(row: Row, n: int) -> str:
    at = next((i for i, part in enumerate(row.parts) if isinstance(part, Leaf) and part.text == "="), None)
    if n or at is None:
        return ("&\\quad " if n else "&") + latex(row)
    return latex(Row(row.parts[:at])) + " &" + latex(Row(row.parts[at:]))


def latex(node: Node) -> str:
    """`node` as LaTeX."""
    if isinstance(node, Row):
        return "".join(latex(part) for part in node.parts).replace("  ", " ").strip()
    if isinstance(node, Root):
        return f"\\sqrt{{{latex(node.inside)}}}"
    if isinstance(node, Script):
        below = f"_{{{latex(node.below)}}}" if node.below else ""
        above = f"^{{{latex(node.above)}}}" if node.above else ""
        return f"{latex(node.base).strip()}{below}{above} "
    return _leaf(node)


def _leaf(leaf: Leaf) -> str:
    if leaf.sort == "number":
        return _number(leaf.text)
    if leaf.sort == "words":
        return f"\\text{{{leaf.text}}}"
    if leaf.sort == "letter":
        return _letter(leaf.text)
    return f" {leaf.text} " if leaf.text in "+=" else _SIGNS.get(leaf.text, leaf.text)


def _number(text: str) -> str:
    mantissa, e, exponent = text.partition("e")
    grouped = mantissa.replace(",", "{,}").replace("−", "-")
    return f"{grouped} \\cdot 10^{{{int(exponent)}}}" if e else grouped


def _letter(text: str) -> str:
    if text in FUNCTIONS:
        return f"\\{text} " if text in _KNOWN else f"\\mathrm{{{text}}} "
    bare = text.rstrip("₀₁₂₃₄₅₆₇₈₉'′")
    small = "".join(str("₀₁₂₃₄₅₆₇₈₉".index(c)) for c in text[len(bare) :] if c in "₀₁₂₃₄₅₆₇₈₉")
    shown = f"\\{_GREEK[bare]} " if bare in _GREEK else bare if len(bare) == 1 else f"\\mathit{{{bare}}}"
    return shown + (f"_{{{small}}}" if small else "") + "'" * (len(text) - len(bare) - len(small))
