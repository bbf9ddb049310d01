"""``5x5 serve``: the explanation as a live page in the browser, served from this machine."""

import os
import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from fivebyfive import needs
from fivebyfive.cli import loading, options
from fivebyfive.cli.foreign import all_apart
from fivebyfive.cli.printing import say
from fivebyfive.errors import Failure, InputError

if TYPE_CHECKING:
    from fivebyfive.serving.answers import Answers

Named = Annotated[
    str | None, typer.Argument(metavar="NETWORK", help="As --network; none: the model's.", show_default=False)
]
Model = Annotated[
    str | None,
    typer.Option(help="Run folder, .safetensors file or shipped name; none: the shipped model.", show_default=False),
]
Host = Annotated[
    str, typer.Option(help="Address to listen on; 0.0.0.0 lets in whoever has the address that is printed.")
]
Port = Annotated[int, typer.Option(help="Port to listen on; 0: any free one.", min=0, max=65535)]
Name = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        help="A name by which others reach it, lab.example or, through a proxy, https://lab.example; may be repeated.",
        show_default=False,
    ),
]
RootPath = Annotated[
    str,
    typer.Option(metavar="PATH", help="What a proxy puts before every path: /lesson.", show_default=False),
]
Workers = Annotated[
    int, typer.Option(help="Processes that compute, each with the model: a class needs more than one.", min=1, max=64)
]


def serve(
    named: Named = None,
    model: Model = None,
    network: options.Explained = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    name: Name = None,
    root_path: RootPath = "",
    workers: Workers = 1,
) -> None:
    """Show the network in the browser: draw a digit, and click any number to see where it comes from."""
    if named is not None and network is not None:
        raise InputError(f"two networks are given, {named} and --network {network}; leave one out")
    network = named or network
    needs.expect()  # before a process is started that would say so once more
    for ending in (signal.SIGINT, signal.SIGTERM):  # while modules load, an exception could come out as anything
        signal.signal(ending, lambda *_: os._exit(0))
    from fivebyfive.serving import place

    places, path = [place.place(text) for text in name or ()], place.root_path(root_path)
    with _listening(host, port) as listener:
        from fivebyfive.serving.limits import Limits
        from fivebyfive.serving.process import Process

        limits, debug = Limits(), "--debug" in sys.argv
        begin = partial(Process, partial(_answers, model, network), limits.memory_bytes, debug)
        first = [begin() for _ in range(workers)]

        from fivebyfive.serving.access import access
        from fivebyfive.serving.server import run

        address, port = listener.getsockname()[:2]
        allowed = access(host, address, places, path)
        page = places[0].address(port) if places else _address(_reached(host, address, listener.family), port)
        run(begin, first, limits, listener, allowed, lambda about: _say(f"{page}{path}/", allowed.token, about), debug)


def _answers(model: str | None, network: str | None) -> "Answers":
    from fivebyfive.serving.answers import Answers

    all_apart()  # standard output says where the server is and what its model is, and nothing else
    loaded = loading.load(model, network)
    return Answers(loaded, partial(loading.film, model, loaded) if loading.has_film(model) else None)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port`: opened first, so that a port in use is told at once."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise InputError(f"host '{host}' is not an address of this machine; 127.0.0.1 is the usual one") from None
    family, *_, address = found[0]
    try:
        listener = socket.create_server(address, family=family, backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise Failure(f"port {port} on {host} cannot be used ({reason}); choose another one with --port") from None
    # Connections inherit it: without it the end of an answer waits some 40 ms for the client to confirm the beginning.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _reached(host: str, address: str, family: int) -> str:
    """What others call a server on `address`: for "all of them", the one by which this machine reaches others."""
    if address not in ("0.0.0.0", "::"):
        return host
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as outward:
            outward.connect(("198.51.100.1" if family == socket.AF_INET else "2001:db8::1", 9))  # nothing is sent
            return str(outward.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _address(name: str, port: int) -> str:
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _say(address: str, token: str | None, about: str) -> None:
    say(f"Serving at {address}{f'?token={token}' if token else ''} (Ctrl-C stops)")
    say(about)
    sys.stdout.flush()
    if token:
        way = "" if address.startswith("https:") else "; it is not encrypted on the way"
        say(
            f"whoever has this address, with its token, can use the page from any machine that reaches it{way}",
            error=True,
        )
