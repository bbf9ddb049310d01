"""What the server says in its terminal: a line for each mistake of its own, and not the same every time it happens."""

import logging
import sys
import time

from fivebyfive.text import printable

LOGGERS = ("fivebyfive.serving", "uvicorn", "asyncio")
QUIET_SECONDS = 1.0


class _Sparing(logging.Filter):
    """Lets one complaint of a kind through in `QUIET_SECONDS`."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.name, record.exc_info[0] if record.exc_info else record.msg
        now = time.monotonic()
        if now - self._said.get(kind, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        self._said = {k: at for k, at in self._said.items() if now - at < QUIET_SECONDS} | {kind: now}
        return True


class _OneLine(logging.Formatter):
    def __init__(self, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage().strip()
        if not record.exc_info or record.exc_info[1] is None:
            return printable(f"error: {said}")
        error = record.exc_info[1]
        line = f"error: {said.partition(chr(10))[0]}: {' '.join(f'{type(error).__name__}: {error}'.split())}"
        trace = self.formatException(record.exc_info).split("\n") if self._debug else []
        return "\n".join(map(printable, [line, *trace]))


def speak_in_lines(debug: bool) -> None:
    """Let everything that serves complain so, with tracebacks if `debug`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Sparing())
    handler.setFormatter(_OneLine(debug))
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.ERROR)
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # bad forms are for the client to hear of
