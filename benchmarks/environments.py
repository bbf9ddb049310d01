"""Environments of what is compared or fuzzes: TensorFlow's, JAX's and atheris' packages, away from the project's own.

They are made on first use in `.peers/` at the repository's root, as their own documentation says: pip install.
"""

import subprocess
import sys
from pathlib import Path

PLACE = Path(__file__).parent.parent / ".peers"
PACKAGES = {"tensorflow": ["tensorflow-cpu", "pillow"], "jax": ["jax", "optax"], "atheris": ["atheris"]}


def python_of(name: str) -> str | None:
    """The Python of the environment called `name`, made if it is not there yet; None if it cannot be made."""
    place = PLACE / name
    done = place / "installed"
    if not done.is_file():
        print(f"making the environment {place} (once)", file=sys.stderr)
        commands = [
            [sys.executable, "-m", "venv", "--clear", str(place)],
            [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *PACKAGES[name]],
        ]
        try:
            for command in commands:
                subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} cannot be installed: {error}", file=sys.stderr)
            return None
        done.touch()
    return str(place / "bin" / "python")
