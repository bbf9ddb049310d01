"""A shell asks how a call could go on, when Tab is pressed; Typer answers, and says each shell what to ask.

``5x5 --install-completion`` and ``fivebyfive --install-completion`` do that for either name of the command.
"""

import os
import sys
from pathlib import Path


def name() -> str:
    """By which of its names the command was called."""
    return "fivebyfive" if Path(sys.argv[0]).stem == "fivebyfive" else "5x5"


def words() -> list[str] | None:
    """What is typed so far behind the name, where a shell asks how it could go on; None: nobody asks."""
    if f"_{name().upper()}_COMPLETE" not in os.environ:
        return None
    return (os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()[1:]
