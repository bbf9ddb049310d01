"""Temporary."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivebyfive.explain.step import Arithmetic


def arithmetic_text(sum_: "Arithmetic") -> str:
    from fivebyfive.views.notebook import arithmetic_text

    return arithmetic_text(sum_)


def arithmetic_html(sum_: "Arithmetic") -> str:
    from fivebyfive.views.notebook import arithmetic_html

    return arithmetic_html(sum_)
