"""Names for what is given away: of a path on this machine only its last part, which says nothing about whose it is.

In run folders the whole paths stay, so that a run can be gone on with from any folder.
"""

from pathlib import Path

from fivebyfive import datasets
from fivebyfive.networks.spec import split


def network_name(name: str) -> str:
    """A network's name, as mynet.py:Net for any /home/…/mynet.py:Net, and hf:folder for hf:/home/…/folder."""
    if name.startswith("hf:/"):
        return f"hf:{Path(name).name}"
    file, expression = split(name)
    return f"{Path(file).name}:{expression}" if file else name


def data_name(name: str) -> str:
    """A data set's name: the last part of its path. It is never that of a data set which comes with the package."""
    if name in datasets.NAMES:
        return name
    last = Path(name).name
    return f"./{last}" if last in datasets.NAMES else last
