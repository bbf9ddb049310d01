"""Rows as a table of pandas, for whoever has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fivebyfive.errors import InputError


def as_frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """The rows as a DataFrame.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise InputError("a table needs pandas, which is not installed: pip install pandas") from error
    return pandas.DataFrame(rows)
