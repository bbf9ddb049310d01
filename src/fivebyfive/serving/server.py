"""The process: uvicorn on a socket that listens already, until Ctrl-C."""

import logging
import socket

import uvicorn
from fastapi import FastAPI

KEEP_ALIVE_SECONDS = 15
GRACE_SECONDS = 2
"""How long answers under way may go on after Ctrl-C."""


def run(app: FastAPI, listener: socket.socket) -> None:
    """Serve `app` on `listener`.

    Raises:
        KeyboardInterrupt: Ctrl-C; answers under way have been given.
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
    uvicorn.Server(config).run(sockets=[listener])
