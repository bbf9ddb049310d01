"""Something done to a module as soon as it has been imported, by whomever: for as long as a `with` lasts."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

Then = Callable[[ModuleType], None]
During = Callable[[], AbstractContextManager[None]]


@contextmanager
def after_import(then: Mapping[str, Then], during: Mapping[str, During] | None = None) -> Iterator[None]:
    """Do something to each module that is imported within, and at once to one that is loaded already.

    Args:
        then: by the module's name, what is done to it.
        during: by the name, what its code runs within.
    """
    finder = _Finder(then, during or {})
    sys.meta_path.insert(0, finder)
    try:
        for name, do in then.items():
            if name in sys.modules:
                do(sys.modules[name])
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    """Finds the modules named where Python does, with a loader that does more."""

    def __init__(self, then: Mapping[str, Then], during: Mapping[str, During]) -> None:
        self._then, self._during = then, during

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._then and fullname not in self._during:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Watched(spec.loader, self._then.get(fullname), self._during.get(fullname, nullcontext))
        return spec


class _Watched(Loader):
    """Loads a module as its own loader does, and does then what is to be done."""

    def __init__(self, loader: Any, then: Then | None, during: During) -> None:
        self._loader, self._then, self._during = loader, then, during

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        with self._during():
            self._loader.exec_module(module)
        if self._then is not None:
            self._then(module)
