"""What of the package's metadata depends on where the repository is; all else is in pyproject.toml.

On an index the README stands alone, so what it points to in the repository needs an address. Where one is given,
``FIVEBYFIVE_REPOSITORY=https://github.com/OWNER/NAME``, as .github/workflows/release.yml does, links and pictures lead
to the files of this very version; else the pictures are left out, and of links the words stay.
"""

import os
import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
RELATIVE = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)\s]+)\)")


def alone(readme: str, repository: str, version: str) -> str:
    """The README as it can stand outside the repository."""

    def there(link: re.Match[str]) -> str:
        picture, words, path = link.groups()
        if not repository:
            return "" if picture else words
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/v{version}/{path})"

    return re.sub(r"\n{3,}", "\n\n", RELATIVE.sub(there, readme))


def addresses(repository: str) -> dict[str, str]:
    """The links beside the README, where there is an address."""
    if not repository:
        return {}
    return {
        "Repository": repository,
        "Documentation": f"{repository}/tree/main/docs",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


if __name__ == "__main__":
    repository = os.environ.get("FIVEBYFIVE_REPOSITORY", "").rstrip("/")
    init = (HERE / "src" / "fivebyfive" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', init, re.MULTILINE)
    assert version is not None
    setup(
        long_description=alone((HERE / "README.md").read_text(encoding="utf-8"), repository, version[1]),
        long_description_content_type="text/markdown",
        project_urls=addresses(repository),
    )
