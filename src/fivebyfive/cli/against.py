"""``5x5 explain … --against WHAT``: two pictures, two networks or two runs beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivebyfive.cli import loading
from fivebyfive.cli.printing import console, say_document
from fivebyfive.errors import InputError
from fivebyfive.files import write_json

if TYPE_CHECKING:
    from fivebyfive.explain import Comparison
    from fivebyfive.views.page.envelope import Part

Asked = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="WHAT",
        help="Compare with another picture, or with what another run, model or network makes of this one.",
        show_default=False,
    ),
]
MNIST = "MNIST test image 0"
"""The picture where none is given."""


@dataclass(frozen=True)
class Other:
    """What is put beside, as it was asked for and as the command's own options say it, and what both are called."""

    what: str
    image: Path | None
    model: str | None
    network: str | None
    names: tuple[str, str]


def checked(against: str | None, others: Mapping[str, object]) -> None:
    """Raise an InputError for an option that is about one trace alone."""
    given = [option for option, value in others.items() if value is not None]
    if against is not None and given:
        raise InputError(f"--against shows two ways beside each other, and {given[0]} is about one; leave one out")


def meant(what: str, image: Path | None, model: str | None, network: str | None) -> Other:
    """What `what` means: a network as it is written, a picture where a file is there, else a model or a run.

    Args:
        image, model, network: those of the command; what is not another one stays.

    Raises:
        InputError: there is nothing of that name.
    """
    from fivebyfive.explain import sources
    from fivebyfive.model import SHIPPED, shipped

    if sources.is_network(what):
        return Other(what, image, None, what, _called(network or model or SHIPPED, what))
    if what in shipped() or loading.is_folder(what) or _is_weights(what):
        return Other(what, image, what, network, _called(model or network or SHIPPED, what))
    if not loading.is_file(what):
        raise InputError(
            f"--against {what[:200]!r} is nothing that is there; give a picture's file, a run folder, a model or a "
            "network"
        )
    return Other(what, Path(what), model, network, (MNIST if image is None else image.name, Path(what).name))


def write(compared: "Comparison", film: "Part | None", html: Path | None, json: Path | None) -> list[tuple[Path, str]]:
    """Write the files that are asked for; each with what it is."""
    said = []
    if html is not None:
        compared.to_html(html, film)
        said.append((html, "the page of both"))
    if json is None:
        return said
    description = compared.first.description() | {"against": compared.description()}
    if str(json) == "-":
        say_document(description)
        return said
    write_json(json, description)
    return [*said, (json, "the description")]


def show(compared: "Comparison", steps: bool) -> None:
    """Print it; every step of it, if that is asked for."""
    from fivebyfive.views.comparison import show_comparison

    show_comparison(compared, console(), steps=steps)


def _called(first: str, second: str) -> tuple[str, str]:
    """Names without folders of this machine; two runs of one name with the folders that they are in."""
    a, b = Path(first), Path(second)
    if a.name != b.name:
        return a.name, b.name
    return "/".join(a.parts[-2:]), "/".join(b.parts[-2:])


def _is_weights(text: str) -> bool:
    from fivebyfive.state_dicts import SUFFIXES

    return Path(text).suffix.lower() in (".safetensors", *SUFFIXES)
