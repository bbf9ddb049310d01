"""``5x5 export``: a model for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from fivebyfive.cli import options
from fivebyfive.cli.foreign import printing_apart
from fivebyfive.cli.printing import say


def export(
    model: Annotated[str, typer.Argument(help="Run folder, .safetensors file or shipped name.", show_default=False)],
    to: Annotated[str, typer.Option(help="onnx or safetensors.", show_default=False)],
    network: options.Network = None,
    half: Annotated[bool, typer.Option("--half", help="Safetensors in half precision: half the size.")] = False,
    calibrated: Annotated[
        bool, typer.Option("--calibrated", help="ONNX whose probabilities fit the validation images of its data.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The file to write.", show_default="MODEL.onnx, here")] = None,
) -> None:
    """Write a model as one ONNX or safetensors file, with its class names; ONNX is checked against PyTorch."""
    from fivebyfive.exporting import write
    from fivebyfive.model import load

    name = Path(model.partition(":")[2] or model).resolve()
    path = out or Path(f"{name.stem if name.suffix in ('.safetensors', '.pth', '.pt') else name.name}.{to}")
    with printing_apart():
        loaded = load(model, network)
        write(loaded, to, path, half, calibrated)
    say(loaded.in_words())
    checked = "; it answers as in PyTorch" if to == "onnx" else ""
    say(f"written: {path} ({path.stat().st_size / 1e6:.1f} MB){checked}")
