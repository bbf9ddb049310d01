"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Out = Annotated[Path | None, typer.Option(help="Folder for what comes of it.", show_default=False)]
