"""``5x5 explain --live`` and ``--site``: pages that run the network by themselves."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive.explain import Trace


@dataclass(frozen=True)
class Alone:
    """Where such pages go, and the pictures that are on them."""

    file: Path | None
    site: Path | None
    gallery: tuple[Path, ...]

    def check(self, live: bool, html: Path | None, label: str | None) -> None:
        """Raise an InputError where an option is missing, or of no use."""
        if live and html is None:
            raise InputError("--live says what the page can do; give its file too: --html FILE")
        if self.gallery and self.file is None and self.site is None:
            raise InputError("--gallery is for a live page; give --html FILE --live, or --site FOLDER")
        if label is not None and (self.file is not None or self.site is not None):
            raise InputError("a live page runs the network forward only; leave --label out, or --live and --site")
        missing = [path for path in self.gallery if not path.exists()]
        if missing:
            raise InputError(f"--gallery {missing[0]} does not exist; give a picture's file, or a folder of pictures")
        if self.site is not None:
            from fivebyfive.views.page.site import expect_free

            expect_free(self.site)

    def write(self, trace: "Trace") -> list[str]:
        """Write them; what to say of them."""
        said = []
        if self.file is not None:
            trace.to_html(self.file, live=True, gallery=self.gallery)
            size = in_words(self.file.stat().st_size)
            said.append(f"{self.file}: the page with the network in it, {size}; open it in a browser, and draw")
        if self.site is not None:
            from fivebyfive.views.page.site import embedded

            trace.to_site(self.site, self.gallery)
            sizes = {path: path.stat().st_size for path in self.site.rglob("*") if path.is_file()}
            weights = sum(size for path, size in sizes.items() if path.suffix == ".bin")
            said.append(
                f"{self.site}: the site, {in_words(sum(sizes.values()))}, {in_words(weights)} of it the network; "
                "put it on any web server"
            )
            said.append(f"in another page: {embedded()}")
        return said


def in_words(size: int) -> str:
    """Bytes as a reader has them."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
