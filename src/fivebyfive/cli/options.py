"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from fivebyfive.errors import InputError

Model = Annotated[
    str | None,
    typer.Argument(help="Run folder, .safetensors file or shipped name; none: the shipped model.", show_default=False),
]
Network = Annotated[
    str | None,
    typer.Option(help="FILE.py:NAME of the network's code, hf:NAME or timm:NAME.", show_default=False),
]
Explained = Annotated[
    str | None,
    typer.Option(
        "--network",
        help="FILE.py:NAME of the network's code, hf:NAME, timm:NAME, FILE.keras, FILE.onnx, FILE.pt2, a SavedModel's "
        "folder, or the FILE.py of a TensorFlow 1 program.",
        show_default=False,
    ),
]
Data = Annotated[str, typer.Option(help="mnist, or a path to images of your own.")]
SkipBroken = Annotated[
    bool, typer.Option("--skip-broken", help="Go on without the pictures of a folder that cannot be read.")
]
Size = Annotated[
    str | None,
    typer.Option(
        help="Of the pictures: N (a square) or HxW; none: what they suggest, up to 224.",
        show_default=False,
        metavar="N|HxW",
    ),
]
Fit = Annotated[str, typer.Option(help="How pictures come to that size: squeeze, crop, pad or resize.")]
Cache = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep decoded pictures on the disk; without: decode them each time.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Out = Annotated[Path | None, typer.Option(help="Folder for what comes of it.", show_default=False)]


def parsed_size(text: str | None) -> tuple[int, int] | None:
    """Height and width that `text` says, N or HxW.

    Raises:
        InputError: it says none.
    """
    if text is None:
        return None
    from fivebyfive.datasets.limits import LARGEST_SIDE

    height, by, width = text.lower().replace("×", "x").partition("x")
    sides = (height, width if by else height)
    if not all(side.isascii() and side.isdigit() and 1 <= int(side[:6]) <= LARGEST_SIDE for side in sides):
        raise InputError(f"--size is {text[:40]!r}; N or HxW, from 1 to {LARGEST_SIDE:,} pixels, was expected")
    return int(sides[0]), int(sides[1])
