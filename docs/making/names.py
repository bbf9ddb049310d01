"""The public names, modules and their docstrings, as directives for Sphinx's autodoc."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import fivebyfive
from fivebyfive import networks, ops
from fivebyfive.networks import NETWORKS, parameter_count
from fivebyfive.training import recipes
from fivebyfive.training.recipe import Recipe, options


def public() -> str:
    """All of ``fivebyfive.__all__``: functions first, then classes with all that is public in them."""
    found = {name: getattr(fivebyfive, name) for name in fivebyfive.__all__}
    functions = [name for name, value in found.items() if not inspect.isclass(value)]
    errors = [name for name, value in found.items() if inspect.isclass(value) and issubclass(value, Exception)]
    classes = [name for name in found if name not in {*functions, *errors}]
    return "\n".join(
        [
            "## Functions\n",
            *(_directive("autofunction", _function(name, found[name])) for name in functions),
            *("## Classes\n" for _ in classes[:1]),
            *(_directive("autoclass", f"fivebyfive.{name}", "members") for name in classes),
            *("## Errors\n" for _ in errors[:1]),
            *(_directive("autoexception", f"fivebyfive.{name}") for name in errors),
        ]
    )


def _function(name: str, value: object) -> str:
    """Where autodoc finds it: `fivebyfive.explain` is a package that can be called, and the function is in it."""
    return f"fivebyfive.{name}.{name}" if inspect.ismodule(value) else f"fivebyfive.{name}"


def vocabulary() -> str:
    """`fivebyfive.ops`: the post's words, in the order of its file."""
    names = [name for name, value in vars(ops).items() if inspect.isfunction(value) and _is_own(name, value)]
    return "\n".join(_directive("autofunction", f"fivebyfive.ops.{name}") for name in names)


def _is_own(name: str, value: object) -> bool:
    return not name.startswith("_") and getattr(value, "__module__", "") == ops.__name__


def _directive(kind: str, name: str, *settings: str) -> str:
    lines = [f".. {kind}:: {name}", *(f"   :{setting}:" for setting in settings)]
    return "\n".join(["```{eval-rst}", *lines, "```\n"])


def shipped_networks() -> str:
    """The package's own networks: how many numbers each learns, and what its file says of it."""
    return "\n".join(_network(name, module) for name, (module, _) in NETWORKS.items())


def _network(name: str, module: str) -> str:
    found = importlib.import_module(f"{networks.__name__}.{module}")
    says = inspect.cleandoc(found.__doc__ or "")
    learned = parameter_count(networks.build(name))
    return f"## {name}\n\n{_as_markdown(says)}\n\n{learned:,} parameters for MNIST's digits.\n"


def shipped_recipes() -> str:
    """Each recipe as its file begins, then a table of all values: those of which a recipe differs from the default."""
    found = list(_recipes())
    said = [f"## {recipe.name}\n\n{_as_markdown(text)}\n" for recipe, text in found]
    table = ["## Every value\n", "An option of `5x5 train` has the same name, with `-` for `_`.\n"]
    table += ["| value | default | what it says | other in |", "|---|---|---|---|"]
    for field in options():
        others = (f"{recipe.name}: `{_of(recipe, field.name)}`" for recipe, _ in found if _differs(recipe, field))
        default = "" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
        table.append(f"| `{field.name}` | {default} | {field.metadata['help']} | {', '.join(others)} |")
    return "\n".join([*said, *table])


def _recipes() -> Iterator[tuple[Recipe, str]]:
    for module in pkgutil.iter_modules(recipes.__path__):
        found = importlib.import_module(f"{recipes.__name__}.{module.name}")
        yield found.RECIPE, inspect.cleandoc(found.__doc__ or "")


def _differs(recipe: Recipe, field: "dataclasses.Field[object]") -> bool:
    return _of(recipe, field.name) != repr(field.default)


def _of(recipe: Recipe, name: str) -> str:
    return repr(getattr(recipe, name))


def _as_markdown(docstring: str) -> str:
    """Docstrings write ``code`` as reStructuredText does."""
    return docstring.replace("``", "`")
