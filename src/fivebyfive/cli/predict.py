"""``5x5 predict``: the digits in pictures, or their classes."""

from pathlib import Path
from typing import Annotated

import typer

from fivebyfive.cli import options
from fivebyfive.cli.reading import SURE, read_pictures


def predict(
    image: Annotated[
        list[str],
        typer.Argument(help="Pictures, TIFF or PDF files, folders of such, - for standard input.", show_default=False),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            help="Run folder, .safetensors or .onnx file, or shipped name.", show_default="the shipped reader"
        ),
    ] = None,
    network: options.Network = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="The pictures are as the model was taught: digits 28×28, light on black.")
    ] = False,
    threshold: Annotated[
        float, typer.Option(metavar="P", min=0.0, max=1.0, help="From this probability on, an answer is sure.")
    ] = SURE,
    json: options.Json = False,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write a table, a row a line of digits.", show_default=False)
    ] = None,
    crops: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write each digit, as cut out and as the model got it, as PNG files."),
    ] = None,
    stages: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write how each picture was read, step by step, as PNG files.")
    ] = None,
) -> None:
    """Read the digits in photos, scans and drawings, in order, each with how sure it is."""
    code = read_pictures(image, model, network, raw, threshold, json, csv, crops, stages)
    if code:
        raise typer.Exit(code)
