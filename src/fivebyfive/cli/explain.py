"""``5x5 explain``: a network's own code, line by line, with what every line made of a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivebyfive import working
from fivebyfive.cli import against as againsts
from fivebyfive.cli import articles, loading, options
from fivebyfive.cli import why as whys
from fivebyfive.cli.alone import Alone, in_words
from fivebyfive.cli.foreign import printing_apart
from fivebyfive.cli.printing import console, say, say_document
from fivebyfive.errors import InputError
from fivebyfive.files import instead, write_json

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import nn

    from fivebyfive.cli.one_number import Number, Weight
    from fivebyfive.explain import Step, Trace
    from fivebyfive.explain.why.account import Why
    from fivebyfive.model import Model
    from fivebyfive.views.page.envelope import Part

COMMAND = whys.Command
Coordinate = Annotated[
    int | None, typer.Option(help="Of the value for --at; if not given, of the one that told most for the answer.")
]


def explain(
    first: Annotated[
        str | None, typer.Argument(metavar="NETWORK", help="As --network; none: the model's.", show_default=False)
    ] = None,
    second: Annotated[
        Path | None,
        typer.Argument(metavar="IMAGE", help="A picture; none: a test image of MNIST.", show_default=False),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Run folder, .safetensors file or shipped name; none: the shipped model.")
    ] = None,
    network: options.Explained = None,
    at: Annotated[str | None, typer.Option(metavar="STEP", help="Show one number of this step, term by term.")] = None,
    y: Coordinate = None,
    x: Coordinate = None,
    channel: Coordinate = None,
    label: Annotated[
        str | None, typer.Option(metavar="CLASS", help="The right class: show the way back, how it would learn.")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show how one number of this parameter learns; needs --label.")
    ] = None,
    index: Annotated[
        str | None,
        typer.Option(metavar="I,J,…", help="Which number for --weight; where most is learned, if not given."),
    ] = None,
    why: whys.Asked = None,
    instead_of: whys.InsteadOf = None,
    against: againsts.Asked = None,
    html: Annotated[Path | None, typer.Option(help="Write the interactive page to this file.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="That page runs the network by itself: one draws on it.")
    ] = False,
    site: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the live page as files for a web server.")
    ] = None,
    gallery: Annotated[
        list[Path] | None, typer.Option(metavar="FILE|FOLDER", help="Pictures to choose from on a live page.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write the description to this file, or - for standard output.")
    ] = None,
    post: articles.Post = None,
) -> None:
    """Your own code, line by line: shapes, costs, feature maps, and the sum behind any number."""
    if at is None and (y, x, channel) != (None, None, None):
        raise InputError("--y, --x and --channel say where in a step; give the step too: --at STEP")
    _expect_whole(at, label, weight, index)
    whys.checked(why, instead_of)
    alone_given = {"--live": live or None, "--site": site, "--post": post}
    againsts.checked(against, {"--at": at, "--label": label, "--weight": weight, "--why": why, **alone_given})
    if html is not None and str(html) == "-":
        raise InputError("--html needs the name of a file, such as lesson.html")
    alone = Alone(html if live else None, site, tuple(gallery or ()))
    alone.check(live, html, label)
    for option, path in (("--html", html), ("--json", json)):
        if path is not None and path.is_dir():
            raise InputError(f"{option} needs the name of a file; {path} is a folder")
    articles.checked(post)
    network, image = _network_and_image(first, second, network)
    if image is not None and not image.is_file():
        raise InputError(
            f"image {image} does not exist{instead(image)}; give a picture's file"
            if not image.exists()
            else f"image {image} is no file"
        )
    other = None if against is None else againsts.meant(against, image, model, network)
    trace, subject, film = _trace(image, model, network, label, filmed=html is not None and not live)
    if other is not None:
        _compare(trace, other, film, html, json)
        return
    asked = _asked(trace, at, (y, x, channel), weight, index)
    account = whys.account(trace, why, instead_of)
    written = [*_write(trace, film, None if live else html, json, asked, account), *alone.write(trace)]
    written += articles.write(trace, post, subject, model=model, network=network, image=image, label=label)
    if json is not None and str(json) == "-":
        return
    if account is not None:
        whys.show(account)
    if account is None or asked is not None or written:
        _print(trace, subject, asked, written)


def _expect_whole(at: str | None, label: str | None, weight: str | None, index: str | None) -> None:
    """Raise an InputError where an option is given without the one that it belongs to."""
    if at is not None and weight is not None:
        raise InputError("--at shows a number of a step and --weight one of a parameter; leave one of them out")
    if weight is not None and label is None:
        raise InputError("--weight shows how a number learns; give the right class too: --label CLASS")
    if index is not None and weight is None:
        raise InputError("--index says which number of a parameter; give the parameter too: --weight NAME")


def _network_and_image(first: str | None, second: Path | None, network: str | None) -> tuple[str | None, Path | None]:
    """Which of the arguments is which: a network, if one is there, comes before the picture."""
    if first is None:
        return network, None
    if second is not None or _is_network(first):
        if network is not None:
            raise InputError(f"two networks are given, {first} and --network {network}; leave one out")
        return first, second
    return network, Path(first)


def _is_network(text: str) -> bool:
    from fivebyfive.explain import sources

    return sources.is_network(text)


def _trace(
    image: Path | None, model: str | None, network: str | None, label: str | None, filmed: bool
) -> "tuple[Trace, str, Part | None]":
    """The explanation, what the picture is, in words, and where it is asked for the film of the training."""
    from fivebyfive.explain import explain as trace_of
    from fivebyfive.model import Model

    picture, subject = _picture(image)
    with printing_apart():
        loaded = loading.load(model, network)
        with working.at("explaining"):
            trace = trace_of(loaded, picture, label=label)
        film = _film(model, loaded) if filmed else None
    if isinstance(loaded, Model):
        trace.notes.append(f"The model is {loaded.in_words()}.")
    if model is None and network is not None and ".py:" in network and not trace.warnings:
        trace.notes.append("Its weights are those that the code itself gives it; --model takes trained ones.")
    return trace, subject, film


def _film(model: str | None, loaded: "Model | nn.Module") -> "Part | None":
    """The page does without a film that is damaged."""
    try:
        return loading.film(model, loaded)
    except InputError as error:
        say(f"warning: the page shows no film of the training: {error}", error=True)
        return None


def _picture(image: Path | None) -> "tuple[Path | npt.NDArray[np.uint8], str]":
    if image is not None:
        return image, image.name
    from fivebyfive import datasets

    dataset = datasets.load("mnist")
    return dataset.test.pixels[0], f"{againsts.MNIST} (a {dataset.classes[dataset.test.labels[0]]})"


def _place(trace: "Trace", step: "Step", y: int | None, x: int | None, channel: int | None) -> tuple[int, int, int]:
    """Where in `step`: as given, and the most telling value; of a part that is given, the one farthest from 0."""
    import torch

    from fivebyfive.explain.telling import telling

    asked = (y, x, channel)
    given = step.check_position(*(n or 0 for n in asked))
    if asked == (None, None, None):
        return telling(trace)[step.index]
    values = step.maps.float().abs().permute(1, 2, 0)
    for axis, n in enumerate(asked):
        values = values if n is None else values.narrow(axis, n, 1)
    largest = torch.unravel_index(values.argmax(), values.shape)
    found = [int(best) if n is None else at for n, at, best in zip(asked, given, largest, strict=True)]
    return found[0], found[1], found[2]


def _asked(
    trace: "Trace", at: str | None, place: tuple[int | None, int | None, int | None], weight: str | None,
    index: str | None,
) -> "Number | Weight | None":  # fmt: skip
    """The one number that is asked for: of a step, or of a parameter."""
    from fivebyfive.cli.one_number import Number, Weight

    if weight is not None:
        return Weight(trace, weight, index)
    return None if at is None else Number(trace, trace[at], _place(trace, trace[at], *place))


def _write(
    trace: "Trace",
    film: "Part | None",
    html: Path | None,
    json: Path | None,
    asked: "Number | Weight | None",
    why: "Why | None",
) -> list[str]:
    """Write the files that are asked for; what to say of them."""

    said = []
    if html is not None:
        with working.at("writing the page"):
            trace.to_html(html, film)
        said.append(f"{html}: the page, {in_words(html.stat().st_size)}; open it in a browser")
    if json is None:
        return said
    description = trace.description() | ({} if asked is None else {"number": asked.described()})
    description |= {} if why is None else {"why": why.description()}
    if str(json) == "-":
        say_document(description)
        return said
    write_json(json, description)
    return [*said, f"{json}: the description, {in_words(json.stat().st_size)}"]


def _compare(trace: "Trace", other: againsts.Other, film: "Part | None", html: Path | None, json: Path | None) -> None:
    """Write or print `trace` and the other one beside each other."""
    from fivebyfive.explain import compare

    try:
        second, _, _ = _trace(other.image, other.model, other.network, None, filmed=False)
    except InputError as error:
        raise InputError(f"--against {other.what}: {error}") from error
    compared = compare(trace, second, names=other.names)
    written = againsts.write(compared, film, html, json)
    if json is not None and str(json) == "-":
        return
    againsts.show(compared, steps=not written)
    for path, what in written:
        say(f"{path}: {what}, {in_words(path.stat().st_size)}")


def _print(trace: "Trace", subject: str, asked: "Number | Weight | None", written: list[str]) -> None:
    """The number that is asked for, else the files that were written and the answer, else the whole listing."""
    from fivebyfive.views.terminal import show, show_answer

    screen = console()
    if asked is not None:
        asked.show(screen)
    elif written:
        show_answer(trace, screen)
    else:
        show(trace, screen, subject)
    for line in written:
        say(line)
