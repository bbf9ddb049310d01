"""Where the page is found from elsewhere: by a name of this machine's or of a proxy, and under a path.

Nothing heavy is imported here: a name that is none is told before anything is loaded.
"""

import re
from dataclasses import dataclass

from fivebyfive.errors import InputError

USUAL_PORTS = {"http": ("80",), "https": ("443",), "": ("80", "443")}

OWN = ("api", "static", "health")
"""With what the page's own paths begin: a proxy may or may not take the root path off, and must be understood."""


@dataclass(frozen=True)
class Place:
    """A name by which the server is reached.

    Attributes:
        scheme: "http" or "https"; "" where only a name was given.
        name: in small letters; an address of IPv6 in brackets.
        port: "" for the scheme's own.
    """

    scheme: str
    name: str
    port: str

    @property
    def site(self) -> str:
        """The name and the port, as a browser's headers have them."""
        return f"{self.name}:{self.port}" if self.port else self.name

    def address(self, port: int) -> str:
        """Where a browser finds it; at `port`, the server's own, if only a name was given."""
        if self.scheme:
            return f"{self.scheme}://{self.site}"
        return f"http://{self.name}:{self.port or port}"


def place(text: str) -> Place:
    """A name as it is given: "lab.example", "lab.example:8443" or "https://lab.example".

    Raises:
        InputError: it is none.
    """
    found = re.fullmatch(r"(?:(https?)://)?([\w.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?", text.lower(), re.ASCII)
    if found is None:
        raise InputError(
            f"--name {text} is no name of a server; give it as lab.example or https://lab.example, "
            "and a path with --root-path"
        )
    scheme, name, port = (part or "" for part in found.groups())
    return Place(scheme, name, "" if port in USUAL_PORTS[scheme] else port)


def root_path(text: str) -> str:
    """A path that stands before the page's own, as it is given: "/lesson", "lesson" or "/lesson/"; "" for none.

    Raises:
        InputError: it is no path.
    """
    path = text.strip("/")
    parts = path.split("/") if path else []
    if not all(re.fullmatch(r"[\w.~-]+", part, re.ASCII) and part.strip(".") for part in parts):
        raise InputError(f"--root-path {text} is no path of letters, digits, '-' and '_'; give one like /lesson")
    if parts and parts[0] in OWN:
        raise InputError(f"--root-path {text} begins like a path of the page's own; give another one, like /lesson")
    return f"/{path}" if path else ""
