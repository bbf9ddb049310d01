"""A formula as it is written in a line of text, as MathML, which a browser sets: Σ_{di,dj} I[n,i,j] · W / √(σ² + ε).

What it knows: indices below (``_q``, ``_{di,dj}``), powers (``^β``, ``^(1/2)``), roots, fractions of the two things
beside a stroke, brackets right after a name. All else, words too, stays what it is: every text has a MathML.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

TOKEN = re.compile(
    r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?(?:e[-−]?\d+)?%?)"
    r"|(?P<name>∂[\w.#]+|[ΣΠ]|[^\W\d_](?:[^\W_]|\.(?=\w))*[²³⁻ˣ]*)"
    r"|(?P<sign>\S)"
)
BRACKETS = {"(": ")", "[": "]", "{": "}", "‖": "‖"}
LARGE = ("Σ", "Π")
UNDER = (*LARGE, "max", "min")
"""What has its indices below itself, not beside."""
MINUS = ("-", "−")
DEEPEST = 40
"""Things within each other; what lies deeper stays a row of signs."""


class Formula(str):
    """A formula's text, which a notebook shows as a formula."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return mathml(self)


def mathml(text: str) -> str:
    """`text` as one ``<math>`` element."""
    if re.fullmatch(r"[^\W\d]+(?:\s+[^\W\d]+)+", text):
        return f"<math><mtext>{escape(text)}</mtext></math>"
    tokens = [(match[0], text[match.start() - 1 : match.start()].isspace()) for match in TOKEN.finditer(text)]
    return f'<math displaystyle="true">{_Reader(tokens).row()}</math>'


class _Reader:
    """Reads tokens one by one, each with whether a space stands before it; brackets begin a row of their own."""

    def __init__(self, tokens: Sequence[tuple[str, bool]]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    @property
    def next(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def more(self) -> bool:
        """Whether something comes after the next token."""
        return self.at + 1 < len(self.tokens)

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][0]

    def row(self, end: str = "") -> str:
        """Everything up to the bracket `end`, or to the end."""
        parts: list[str] = []
        while self.next and self.next != end:
            if self.next == "/" and parts and self.more:
                self.take()
                parts.append(f"<mfrac>{_bare(parts.pop())}{_bare(self.thing())}</mfrac>")
            else:
                parts.append(self.thing())
        return f"<mrow>{''.join(_spaced(parts))}</mrow>"

    def thing(self) -> str:
        """A name, a number, a sign or a bracket, and all that is hung on it."""
        if self.depth == DEEPEST:
            return _token(self.take())
        self.depth += 1
        found = self.whole(self.take())
        self.depth -= 1
        return found

    def whole(self, token: str) -> str:
        if token == "√" and self.next:
            return f"<msqrt>{_bare(self.thing())}</msqrt>"
        if token in BRACKETS:
            return self.hung(self.bracket(token))
        whole = self.hung(_token(token), token)
        if token in LARGE and (self.next[:1].isalpha() or self.next in BRACKETS):
            return f"<mrow>{whole}{self.thing()}</mrow>"
        return whole

    def bracket(self, opening: str) -> str:
        inside = self.row(BRACKETS[opening])
        grows = "true" if "<mfrac>" in inside else "false"
        closing = f'<mo stretchy="{grows}">{escape(self.take())}</mo>' if self.next else ""
        return f'<mrow><mo stretchy="{grows}">{escape(opening)}</mo>{inside}{closing}</mrow>'

    def hung(self, base: str, token: str = "") -> str:
        """`base` with its indices, powers and, after a name, the brackets that follow at once."""
        is_name = token[:1].isalpha() or token[:1] == "∂"
        while self.more:
            _, apart = self.tokens[self.at]
            if self.next == "_":
                self.take()
                around = "munder" if token in UNDER else "msub"
                base = f"<{around}>{base}{self.below()}</{around}>"
            elif self.next == "^":
                self.take()
                base = f"<msup>{base}{self.above()}</msup>"
            elif is_name and not apart and self.next in ("[", "("):
                base = f"<mrow>{base}{self.bracket(self.take())}</mrow>"
            else:
                break
        return base

    def below(self) -> str:
        token = self.take()
        return _bare(self.bracket(token)) if token in BRACKETS else _token(token)

    def above(self) -> str:
        if self.next in MINUS and self.more:
            return f"<mrow>{_token(self.take())}{self.thing()}</mrow>"
        return _bare(self.thing())


def _token(token: str) -> str:
    if token[:1].isdigit():
        return f"<mn>{escape(token)}</mn>"
    if token in LARGE or not (token[:1].isalpha() or token[:1] == "∂"):
        return f"<mo>{escape('−' if token in MINUS else token)}</mo>"
    return f"<mi>{escape(token)}</mi>"


def _bare(part: str) -> str:
    """A row in round or curly brackets without them: in a fraction, a root or an index they say nothing."""
    found = re.fullmatch(r"<mrow><mo stretchy=\"\w+\">[({]</mo>(.*)<mo stretchy=\"\w+\">[)}]</mo></mrow>", part)
    return found[1] if found and found[1].count("<mrow>") == found[1].count("</mrow>") else part


def _spaced(parts: list[str]) -> Iterator[str]:
    """A space between two things that no sign parts: words, mostly."""
    for n, part in enumerate(parts):
        if n and not part.startswith("<mo>") and not parts[n - 1].startswith("<mo>"):
            yield '<mspace width="0.3em"/>'
        yield part
