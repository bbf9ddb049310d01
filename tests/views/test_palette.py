"""The colours of the kinds: the same everywhere, seen on every paper, and told apart by every kind of eye."""

import io
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from torch import nn

import vision
from fivebyfive.explain import Trace, explain
from fivebyfive.explain.kinds import homes
from fivebyfive.views import blocks, palette, svg
from fivebyfive.views.one_number import show_number
from fivebyfive.views.terminal import show


def page_colours() -> list[dict[str, str]]:
    """The page's own colours by name: light, dark because it is set so, dark because the reader's machine is."""
    sheet = (palette.STYLE_SHEET.parent / "base.css").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *:root[^{]*\{([^}]*)\}", sheet, re.MULTILINE)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]


PAGE = dict(zip(("light", "dark"), page_colours(), strict=False))
PAPERS = {
    "light": [PAGE["light"]["paper"], PAGE["light"]["surface"], svg.LIGHT.paper],
    "dark": [PAGE["dark"]["paper"], PAGE["dark"]["surface"], svg.DARK.paper],
    "terminal": ["#000000", "#ffffff"],
}


def theme(normal: str, bright: str) -> TerminalTheme:
    """What a terminal makes of the 16 colours."""
    dark, light = ([(int(c[:2], 16), int(c[2:4], 16), int(c[4:], 16)) for c in s.split()] for s in (normal, bright))
    return TerminalTheme(dark[0], dark[7], dark, light)


TERMINALS = {
    "VGA": theme(
        "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa",
        "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    ),
    "xterm": theme(
        "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5",
        "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    ),
    "Windows 10": theme(
        "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc",
        "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
    ),
    "macOS": theme(
        "000000 990000 00a600 999900 0000b2 b200b2 00a6b2 bfbfbf",
        "666666 e50000 00d900 e5e500 0000ff e500e5 00e5e5 e5e5e5",
    ),
    "Ubuntu": theme(
        "010101 de382b 39b54a ffc706 006fb8 762671 2cb5e9 cccccc",
        "808080 ff0000 00ff00 ffff00 0000ff ff00ff 00ffff ffffff",
    ),
    "VS Code": theme(
        "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5",
        "666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db e5e5e5",
    ),
}
"""https://en.wikipedia.org/wiki/ANSI_escape_code#3-bit_and_4-bit"""


def colours(ground: str) -> list[str]:
    return [getattr(each, ground) for each in palette.KINDS.values()]


def test_every_kind_of_step_has_its_colours() -> None:
    assert {kind.name for kind in homes().values()} == set(palette.KINDS)
    assert palette.of("a kind of tomorrow") == palette.KINDS["other"]


def test_the_page_has_these_colours() -> None:
    sheet = palette.STYLE_SHEET.read_text(encoding="utf-8")
    assert sheet == palette.HEAD + palette.css(), "python -m fivebyfive.views.palette writes them anew"
    assert ".kind-fully-connected { --kind: #d55e00; }" in sheet


def test_a_drawing_has_these_colours() -> None:
    style = svg.style(["convolution", "a kind of tomorrow"])
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    assert f".solid.k-convolution{{fill:{palette.of('convolution').light}" in light
    assert f".solid.k-convolution{{fill:{palette.of('convolution').dark}" in dark
    assert f".solid.k-a-kind-of-tomorrow{{fill:{palette.of('other').light}" in light


@pytest.mark.parametrize("ground", sorted(PAPERS))
def test_a_kinds_colour_stands_out_from_the_paper(ground: str) -> None:
    """3:1, as https://www.w3.org/TR/WCAG22/#non-text-contrast asks of graphical objects; words are never in colour."""
    for kind, colour in zip(palette.KINDS, colours(ground), strict=True):
        for paper in PAPERS[ground]:
            assert vision.contrast(colour, paper) >= 3, f"{kind} on {paper}"


@pytest.mark.parametrize("paper", PAPERS["terminal"])
def test_bars_of_values_stand_out_in_any_terminal(paper: str) -> None:
    assert vision.contrast(palette.ABOVE, paper) >= 3
    assert vision.contrast(palette.BELOW, paper) >= 3


@pytest.mark.parametrize("eyes", sorted(vision.EYES))
@pytest.mark.parametrize("ground", sorted(PAPERS))
def test_every_two_kinds_are_told_apart_by_all_eyes(ground: str, eyes: str) -> None:
    apart = vision.distances(colours(ground), eyes)
    np.fill_diagonal(apart, np.inf)
    a, b = np.unravel_index(apart.argmin(), apart.shape)
    names = list(palette.KINDS)
    assert apart.min() >= 3 * vision.JUST_SEEN, f"{names[a]} and {names[b]}: {apart.min():.3f}"


def test_the_distances_are_those_of_the_formulas_sources() -> None:
    assert vision.oklab(["#ffffff"])[0] == pytest.approx([1, 0, 0], abs=1e-3)
    assert vision.oklab(["#ff0000"])[0] == pytest.approx([0.62796, 0.22486, 0.12585], abs=1e-4)
    assert vision.contrast("#000000", "#ffffff") == pytest.approx(21)
    grey = vision.distances(["#808080", "#808081"], "protanopia")
    assert grey.max() < 0.005, "grey is grey to all eyes"


# --- the page's other colours -------------------------------------------------------------------------------------


def test_dark_is_the_same_whoever_asks_for_it() -> None:
    _, chosen, preferred = page_colours()
    assert chosen == preferred


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_coloured_words_of_the_page_can_be_read_and_its_bars_be_seen(ground: str) -> None:
    own = PAGE[ground]
    for paper in ("paper", "surface", "sunken"):
        for ink in ("ink", "muted", "accent", "string", "keyword"):
            assert vision.contrast(own[ink], own[paper]) >= 4.5, f"{ink} on {paper}"
        for bar in ("above", "below"):
            assert vision.contrast(own[bar], own[paper]) >= 3, f"{bar} on {paper}"


@pytest.mark.parametrize("scheme", [svg.LIGHT, svg.DARK], ids=["light", "dark"])
def test_the_words_of_a_drawing_can_be_read(scheme: svg.Scheme) -> None:
    assert vision.contrast(scheme.ink, scheme.paper) >= 4.5
    assert vision.contrast(scheme.soft, scheme.paper) >= 4.5


# --- the scale of feature maps --------------------------------------------------------------------------------------


def rendered(values: list[float], system: str, theme: TerminalTheme = TERMINALS["VGA"]) -> list[str]:
    """The colours that a terminal shows for a row of values, read back from what is sent to it."""
    file = io.StringIO()
    console = Console(file=file, width=200, force_terminal=True, color_system=system, no_color=False)  # type: ignore[arg-type]
    picture = blocks.half_blocks(blocks.paints(np.array([values, values]), 1.0, console.color_system))
    console.print(*picture)
    line = next(iter(AnsiDecoder().decode(file.getvalue())))
    found = []
    for n in range(len(values)):
        style = line.get_style_at_offset(console, n)
        for color, foreground in ((style.color, True), (style.bgcolor, False)):
            assert color is not None
            found.append(color.get_truecolor(theme, foreground).hex)
    assert found[::2] == found[1::2], "the upper half of a cell has the colour of the lower one"
    return found[::2]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("system", "terminal"),
    [*(("standard", name) for name in sorted(TERMINALS)), ("256", "VGA"), ("truecolor", "VGA")],
)
def test_the_further_from_zero_the_lighter(system: str, terminal: str, sign: int) -> None:
    values = [sign * n / 50 for n in range(51)]
    shown = rendered(values, system, TERMINALS[terminal])
    lightness = vision.oklab(shown)[:, 0]
    steps = [b - a for a, b in pairwise(lightness)]
    assert min(steps) >= -0.004, "no value is darker than a smaller one, but for the rounding of bytes"
    assert len(set(shown)) >= 4, "there are levels between nothing and everything"
    assert lightness[-1] - lightness[0] > 0.5


@pytest.mark.parametrize("eyes", sorted(vision.EYES))
@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
def test_above_and_below_zero_are_told_apart_by_all_eyes(system: str, eyes: str) -> None:
    for strength in (0.6, 1.0):
        apart = vision.distances(rendered([-strength, strength], system), eyes)[0, 1]
        assert apart >= 5 * vision.JUST_SEEN, f"±{strength}"


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return explain(nn.Sequential(nn.Conv2d(1, 2, 5), nn.ReLU()), torch.rand(1, 12, 12))


@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
def test_numbers_on_coloured_cells_can_be_read(trace: Trace, system: str) -> None:
    """4.5:1, as https://www.w3.org/TR/WCAG22/#contrast-minimum asks of text."""
    file = io.StringIO()
    console = Console(file=file, width=120, force_terminal=True, color_system=system, no_color=False)  # type: ignore[arg-type]
    show_number(trace, trace.steps[1], 3, 3, 0, console)
    cells = 0
    for line in AnsiDecoder().decode(file.getvalue()):
        for span in line.spans:
            assert isinstance(span.style, Style)
            if span.style.color is not None and span.style.bgcolor is not None:
                ink, ground = (c.get_truecolor().hex for c in (span.style.color, span.style.bgcolor))
                assert vision.contrast(ink, ground) >= 4.5, line.plain[span.start : span.end]
                cells += 1
    assert cells == 3 * 25, "window, filter and products"


def test_where_no_colour_is_wanted_pictures_are_shades(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    show(trace, Console(file=file, width=80, force_terminal=True, color_system="truecolor"))
    assert not re.search(r"\x1b\[[\d;]*\b([349][0-7]|[34]8|10[0-7])\b", file.getvalue())
    assert "█" in file.getvalue()
    assert "▀" not in file.getvalue()
