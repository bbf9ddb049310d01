"""Builds the site: ``python docs/build.py``, into build/site; any web server can show it.

Needs ``pip install -e .[docs]``. The lessons are made first, where they are not there yet (`gallery/make.py`; some
minutes); with ``--without-lessons`` none are. A warning ends it, and so does a link that leads nowhere. Links to other
sites are listed in build/site/outside.txt: ``sphinx-build -b linkcheck docs build/links`` asks each of them.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"


def main(out: Path, lessons: bool) -> int:
    """Build the site in `out`; 1 if anything is wrong with it."""
    if lessons and subprocess.run([sys.executable, HERE / "gallery" / "make.py"], check=False).returncode:
        return 1
    if out.exists():
        if any(out.iterdir()) and not (out / "objects.inv").exists():
            print(f"error: {out} holds something other than a site; give an empty folder", file=sys.stderr)
            return 2
        shutil.rmtree(out)
    sphinx = [sys.executable, "-m", "sphinx", "--quiet", "--fresh-env", "--fail-on-warning", "--keep-going"]
    if subprocess.run([*sphinx, "--doctree-dir", BUILD / "doctrees", HERE, out], check=False).returncode:
        return 1
    sys.path.insert(0, str(HERE))
    from making.links import broken, outside

    (out / "outside.txt").write_text("\n".join(outside(out)) + "\n", encoding="utf-8")
    wrong = broken(out)
    for link in wrong:
        print(f"leads nowhere: {link}", file=sys.stderr)
    return min(len(wrong), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=BUILD / "site", help="the site's folder; a site that is there is replaced"
    )
    parser.add_argument("--without-lessons", action="store_true", help="do not make the gallery's lessons")
    chosen = parser.parse_args()
    sys.exit(main(chosen.out, not chosen.without_lessons))
