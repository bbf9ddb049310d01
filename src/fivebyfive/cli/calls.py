"""What is wrong with a call, in the words of the rest: the parser finds it, and says it in its own."""

import re
from typing import Any

from fivebyfive.errors import meant

WHOLE, NUMBER = "a whole number was expected", "a number was expected"
WORDS = (
    (r"Input should be a valid integer.*|Unable to parse input string as an integer.*", WHOLE),
    (r"Input should be a valid number.*", NUMBER),
    (r"Input should be a valid string.*", "what is no text was given; write it in plain letters"),
    (r"Input should be greater than or equal to (.*)", r"\1 or more was expected"),
    (r"Input should be less than or equal to (.*)", r"\1 or less was expected"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", r"there is nothing to be done with the argument \1"),
    (r"Option '(.*)' requires an argument\.", r"\1 wants a value behind it"),
    (r"Option '(.*)' does not take a value\.", r"\1 takes no value; write it alone"),
)


def in_words(error: Any) -> str:
    """One line on a `typer.exceptions.TyperException`: what is wrong, what may have been meant, where to read on."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "5x5 COMMAND"
    return f"{_wrong(error, context)}; {command} --help says what there is"


def _wrong(error: Any, context: Any) -> str:
    said = " ".join(str(error.message).split())
    if hasattr(error, "possibilities"):
        return f"there is no option {error.option_name}{meant(error.option_name, _options(context))}"
    if hasattr(error, "param_type"):
        what = error.param.help or "see there"
        return f"{_name(error.param)} is missing: {what[:1].lower()}{what[1:].rstrip('.')}"
    for theirs, ours in WORDS:
        said = re.sub(f"^{theirs}$", ours, said)
    param = getattr(error, "param", None)
    return said if param is None else f"{_name(param)}: {said}"


def _options(context: Any) -> list[str]:
    """All that the command takes, an option that has a short form too by its long one."""
    params = context.command.params if context is not None else []
    return [name for param in params for name in (*param.opts, *param.secondary_opts) if name.startswith("-")]


def _name(param: Any) -> str:
    option = next((name for name in param.opts if name.startswith("--")), None)
    return option or str(param.metavar or param.name).upper()
