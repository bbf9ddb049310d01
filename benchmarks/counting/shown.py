"""Every view of a trace, made: what it could not show, and what failed.

A view forgives a step that it cannot show, sometimes without a word; the one place where it does so is watched, before
the views take it from there.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from counting.findings import sentence
from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace
from fivebyfive.views import guard

FORGIVEN: list[str] = []
_guarded = guard.guarded


def _watched(step: Step, what: str, show: Callable[[Step], Any], otherwise: Callable[[str], Any]) -> Any:
    def said(reason: str) -> Any:
        FORGIVEN.append(reason)
        return otherwise(reason)

    return _guarded(step, what, show, said)


assert "fivebyfive.views.page" not in sys.modules, "the views have taken the guard from its place already"
guard.guarded = _watched


def views(trace: Trace, folder: Path) -> dict[str, Any]:
    """What each view of `trace` could not show, by the view's name, and the page's bytes."""
    from fivebyfive.views.terminal import show

    screen = Console(file=io.StringIO(), width=120, force_terminal=True)
    page = folder / "page.html"
    made: dict[str, Callable[[], object]] = {
        "page": lambda: trace.to_html(page),
        "diagram": trace.diagram,
        "detailed diagram": lambda: trace.diagram(detail=True),
        "terminal": lambda: show(trace, screen),
        "description": lambda: trace.to_json(folder / "description.json"),
        "one number": lambda: _numbers(trace, screen),
    }
    found: dict[str, Any] = {name: _missing(make) for name, make in made.items()}
    return {**found, "bytes": page.stat().st_size if page.exists() else 0}


def _missing(make: Callable[[], object]) -> list[str]:
    FORGIVEN.clear()
    try:
        make()
    except Exception as error:
        return [f"failed: {sentence(error)}"]
    return list(dict.fromkeys(FORGIVEN))


def _numbers(trace: Trace, screen: Console) -> None:
    """The first step of every operation, one number of it."""
    from fivebyfive.views.one_number import show_number

    for step in {step.op: step for step in reversed(trace.steps)}.values():
        try:
            show_number(trace, step, 0, 0, 0, screen)
        except InputError:
            continue
