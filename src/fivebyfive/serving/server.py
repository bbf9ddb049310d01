"""The process: uvicorn on a socket that listens already, until Ctrl-C."""

import logging
import signal
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

KEEP_ALIVE_SECONDS = 15
GRACE_SECONDS = 2
"""How long answers under way may go on after Ctrl-C."""


def run(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve `app` on `listener` until Ctrl-C, when answers under way are still given.

    `ready` is called when Ctrl-C has got this meaning: an exception from it in the midst of uvicorn's start, which
    still loads modules, could be anything.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # its remarks on bad forms are the client's to hear
    server = uvicorn.Server(config)
    signal.signal(signal.SIGINT, server.handle_exit)
    ready()
    server.run(sockets=[listener])
