"""``5x5 explain … --why``: why the network gave the answer that it gave."""

from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from fivebyfive import working
from fivebyfive.cli import loading
from fivebyfive.cli.printing import console
from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from click import Context

    from fivebyfive.explain import Trace
    from fivebyfive.explain.why.account import Why

OPTION = "--why"
ANSWER = ""
"""What stands behind --why where no class is named: the answer."""
Asked = Annotated[
    str | None,
    typer.Option(OPTION, metavar="[CLASS]", help="Why this answer, or this class: what pixels and maps contributed."),
]
InsteadOf = Annotated[
    str | None, typer.Option(metavar="CLASS", help="With --why: why the one class rather than this one.")
]


class Command(TyperCommand):
    """A command whose --why may stand alone: what comes next is the class, unless it is an option or a file."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:  # type: ignore[override]
        """Put in the class that is left out."""
        last = args.index("--") if "--" in args else len(args)
        for place in reversed([i for i, text in enumerate(args[:last]) if text == OPTION]):
            following = args[place + 1 : place + 2]
            if not following or following[0].startswith("-") or loading.is_file(following[0]):
                args = [*args[: place + 1], ANSWER, *args[place + 1 :]]
        return super().parse_args(ctx, args)  # type: ignore[arg-type]


def checked(asked: str | None, instead_of: str | None) -> None:
    """Raise an InputError where the one option is given without the other."""
    if asked is None and instead_of is not None:
        raise InputError(f"--instead-of goes with --why: --why CLASS --instead-of {instead_of}")


def account(trace: "Trace", asked: str | None, instead_of: str | None) -> "Why | None":
    """The account that is asked for, and checked; None for none.

    Raises:
        InputError: there is no such class.
        Failure: it does not add up.
    """
    if asked is None:
        return None
    with working.at("working out why"):
        found = trace.why(asked or None, instead_of)
        found.check()
    return found


def show(why: "Why") -> None:
    """Print it."""
    from fivebyfive.views.why import show_why

    show_why(why, console())
