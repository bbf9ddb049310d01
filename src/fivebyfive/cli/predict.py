"""``5x5 predict``: the digits in pictures, or their classes."""

from pathlib import Path
from typing import Annotated

import typer

from fivebyfive.cli import options
from fivebyfive.cli.reading import SURE, Asked, read_pictures


def predict(
    image: Annotated[
        list[str] | None,
        typer.Argument(help="Pictures, TIFF or PDF files, folders of such, - for standard input.", show_default=False),
    ] = None,
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
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print JSON lines: a document a picture, at once.")] = False,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write a table, a row a line of digits.", show_default=False)
    ] = None,
    resume_into: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write JSON lines, and go on where the same call was stopped."),
    ] = None,
    files_from: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-", help="Also read the pictures that this list names, one a line.", show_default=False
        ),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive/--no-recursive", help="Of a folder also the pictures in the folders in it.")
    ] = True,
    crops: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write each digit, as cut out and as the model got it, as PNG files."),
    ] = None,
    stages: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write how each picture was read, step by step, as PNG files.")
    ] = None,
) -> None:
    """Read the digits in photos, scans and drawings, in order, each with how sure it is."""
    asked = Asked(
        model=model,
        network=network,
        raw=raw,
        threshold=threshold,
        json=json,
        jsonl=jsonl,
        csv=csv,
        crops=crops,
        stages=stages,
        resume_into=resume_into,
        files_from=files_from,
        recursive=recursive,
    )
    if code := read_pictures(image or [], asked):
        raise typer.Exit(code)
