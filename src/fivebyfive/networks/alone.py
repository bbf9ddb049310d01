"""The surroundings of a user's file that is run by itself: a call without arguments, and no package around it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fivebyfive.errors import InputError


@contextmanager
def standing_alone(file: Path) -> Iterator[None]:
    """Run what stands in it as ``python FILE`` would: a file that reads ``sys.argv`` finds its own name and no more.

    Raises:
        InputError: the file imports from the package that it lies in, which is not there when it is run by itself.
    """
    before = sys.argv
    sys.argv = [str(file)]
    try:
        yield
    except ImportError as error:
        if "attempted relative import" not in str(error):
            raise
        folder = file.resolve().parent.name
        module = folder if file.stem == "__init__" else f"{folder}.{file.stem}"
        raise InputError(
            f"{file} imports from its own package (from .… import …), but FILE.py:NAME is run by itself; write a file "
            f"beside the folder {folder} that holds: from {module} import … , and name that one"
        ) from None
    finally:
        sys.argv = before
