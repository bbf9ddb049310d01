"""``FILE.py`` without a name: which network is meant is read from the file's text; nothing of it is run.

It is the only class of a network there, or the only one of them that no other one is made of.
"""

import ast
from dataclasses import replace
from pathlib import Path

from fivebyfive import causes
from fivebyfive.errors import InputError
from fivebyfive.networks import own_code
from fivebyfive.networks.spec import Spec, expect_plain, parse, split_copies

BASES = ("Module", "LightningModule", "Sequential", "Model", "PreTrainedModel")
"""What a network's class is derived from, directly or through another class of the file."""


def named(text: str) -> Spec:
    """The network that a user means: its name taken apart, as `spec.parse` does, or the one in ``FILE.py``.

    Raises:
        InputError: it is not written as a name is, there is no such file, or it has none, or several to choose from.
    """
    expect_plain(text)
    network, copies = split_copies(text)
    if not network.endswith(".py"):
        return parse(text)
    file = Path(network)
    found = networks_in(file)
    if not found:
        raise InputError(
            f"{file} defines no class of torch.nn.Module; name what makes the network: {file}:NAME, or {file}:NAME(…)"
        )
    if len(found) > 1:
        raise InputError(f"{file} has several networks, {', '.join(found)}; name one of them: {file}:{found[-1]}")
    return replace(parse(f"{file}:{found[0]}"), copies=copies)


def networks_in(file: Path) -> list[str]:
    """The classes of networks that the text of `file` defines, without those that others of them are made of.

    Raises:
        InputError: the file cannot be read, or is no Python.
    """
    code = own_code.read(file)
    try:
        tree = ast.parse(code.sources[code.path])
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{file}{line}: {causes.of_syntax(error)}; mend the file's syntax") from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(f"{file} is no Python; give a file of source text") from None
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    networks = [name for name in classes if _is_network(name, classes, set())]
    parts = {used for name in networks for used in _mentioned(classes[name]) if used in networks and used != name}
    return [name for name in networks if name not in parts] or networks


def _is_network(name: str, classes: dict[str, ast.ClassDef], seen: set[str]) -> bool:
    bases = [ast.unparse(base).rpartition(".")[2] for base in classes[name].bases]
    return any(
        base in BASES or (base in classes and base not in seen and _is_network(base, classes, seen | {name}))
        for base in bases
    )


def _mentioned(node: ast.ClassDef) -> set[str]:
    """The names in its body; what it is derived from is no part of it."""
    return {each.id for part in node.body for each in ast.walk(part) if isinstance(each, ast.Name)}
