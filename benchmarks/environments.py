"""Environments of what is compared, counted or fuzzes, apart: packages of TensorFlow, JAX, timm, atheris and others.

They are made on first use in `.peers/` at the repository's root, as their own documentation says: pip install.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACE = ROOT / ".peers"
PACKAGES = {
    "tensorflow": ["tensorflow-cpu", "pillow"],
    "jax": ["jax", "optax"],
    "atheris": ["atheris"],
    "schemathesis": ["schemathesis>=4,<5"],
    "census": ["timm", "transformers", "torchlens"],
}
BESIDE_OURS = {"census"}
"""These see the project's own packages too, so that PyTorch is the same, and is not installed again."""


def python_of(name: str) -> str | None:
    """The Python of the environment called `name`, made if it is not there yet; None if it cannot be made."""
    place = PLACE / name
    done = place / "installed"
    if not done.is_file():
        print(f"making the environment {place} (once)", file=sys.stderr)
        try:
            _make(name, place)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} cannot be installed: {error}", file=sys.stderr)
            return None
        done.touch()
    return str(place / "bin" / "python")


def _make(name: str, place: Path) -> None:
    python = str(place / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
    limits = []
    if name in BESIDE_OURS:
        asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        packages = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
        (packages / "project.pth").write_text(sysconfig.get_path("purelib") + "\n")
        limits = ["-c", str(ROOT / "requirements.lock")]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *limits, *PACKAGES[name]], check=True)
