"""``5x5 serve``: the explanation as a live page in the browser, served from this machine."""

import contextlib
import os
import socket
import sys
from typing import Annotated

import typer

from fivebyfive.cli import loading, options
from fivebyfive.cli.printing import say
from fivebyfive.errors import Failure, InputError

Model = Annotated[
    str | None,
    typer.Option(help="Run folder, .safetensors file or shipped name; none: the shipped model.", show_default=False),
]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets the whole local network in.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0: any free one.", min=0, max=65535)]


def serve(model: Model = None, network: options.Network = None, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Show the network in the browser: draw a digit, and click any number to see where it comes from."""
    with _listening(host, port) as listener, contextlib.suppress(KeyboardInterrupt):
        from fivebyfive.serving.answers import Answers
        from fivebyfive.serving.app import create_app
        from fivebyfive.serving.guard import LOOPBACK, is_loopback
        from fivebyfive.serving.server import run

        app = create_app(Answers(loading.load(model, network)), hosts=(*LOOPBACK, host) if is_loopback(host) else None)
        run(app, listener, ready=lambda: _say(host, listener.getsockname()[1], is_loopback(host)))


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


def _say(host: str, port: int, private: bool) -> None:
    say(f"Serving at {_address(host, port)} (Ctrl-C stops)")
    sys.stdout.flush()
    if not private:
        say("everybody who can reach this machine can use the page", error=True)


def _address(host: str, port: int) -> str:
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"
