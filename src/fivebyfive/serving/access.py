"""Who may ask: this machine's own page; where others can reach the server, whoever has its token.

The token is random, and new with every start. It comes once in the address that is printed, and from then on as a
cookie that no script can read and no other site can send; programs send it as ``Authorization: Bearer TOKEN``.

Behind a proxy the page has another name, and perhaps a path before all its own (`place`). Nothing that a proxy adds to
a request is heeded: whoever reaches the server without it could add that too.
"""

import hmac
import ipaddress
import secrets
import socket
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from fivebyfive.serving.place import Place

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HEALTH = "/health"
"""The one address that needs no token: it says that the server is there, and nothing else."""
TOKEN_BYTES = 24

NEEDED = "this page asks for a token; open the address that 5x5 has printed in its terminal, with ?token=… in it"
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem}"
    "code{overflow-wrap:anywhere}"
)
REFUSAL_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fivebyfive asks for a token</title>
<style>{STYLE}</style>
<h1>fivebyfive asks for a token</h1>
<p>Others can reach this server, so its page opens only with the token that it made when it was started.</p>
<p>The whole address stands in the terminal where <code>5x5</code> runs, in the line that says where the page
is: <code>http://…/?token=…</code> Copy it from there, or ask whoever started it. A server that is
started again has a new token.</p>
</html>
"""
REFUSAL_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        names: that a request's Host may have, against DNS rebinding: a site that points its own name at this machine
            to read what answers there. The address to which the connection was made is right too.
        token: that whoever asks must have; None: none.
        sites: whose pages are this server's own, besides the one at the very Host: a proxy may ask by another name than
            it was asked by.
        root_path: what stands before every path, behind a proxy; "" or "/lesson".
        encrypted: whether it is reached by https alone, so that the cookie goes no other way.
    """

    names: frozenset[str] = frozenset(LOOPBACK)
    token: str | None = None
    sites: frozenset[str] = frozenset()
    root_path: str = ""
    encrypted: bool = False

    def refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What a request is answered that is not let in, or None."""
        host = headers.get("host", "")
        if not self._knows(_name(host), scope):
            names = " and ".join(sorted(self.names))
            sentence = f"this server answers to {names} only, and the address was another"
            return refuse(400, f"{sentence}; 5x5 serve --name allows one more")
        origin = headers.get("origin")
        if (origin is not None and _site(origin) not in {host.lower(), *self.sites}) or _is_embedded_elsewhere(headers):
            return refuse(403, "the request comes from the page of another site; open this server's own page instead")
        if self.root_path and scope["path"] == self.root_path:  # the page's addresses are relative: it needs the "/"
            return RedirectResponse(f"{self.root_path}/?{scope['query_string'].decode('latin-1')}", 308)
        if self.token is None or self._has_token(scope, headers) or self._path(scope) == HEALTH:
            return None
        challenge = {"WWW-Authenticate": 'Bearer realm="fivebyfive"'}
        if "text/html" in headers.get("accept", ""):
            return HTMLResponse(REFUSAL_PAGE, 401, challenge | {"Content-Security-Policy": REFUSAL_POLICY})
        return refuse(401, NEEDED, challenge)

    def cookie(self, scope: Scope) -> str | None:
        """The header Set-Cookie for whoever opens the printed address, so that it is needed once only."""
        if self.token is None or not self._is(self._asked_token(scope)):
            return None
        secure = "; Secure" if self.encrypted else ""
        return f"{_cookie_name(scope)}={self.token}; Path={self.root_path}/; HttpOnly; SameSite=Strict{secure}"

    def _path(self, scope: Scope) -> str:
        """A request's path without the root path, whether or not the proxy has taken it off."""
        path: str = scope["path"]
        return path.removeprefix(self.root_path) if path.startswith(f"{self.root_path}/") else path

    def _knows(self, name: str, scope: Scope) -> bool:
        return name in self.names or (self.token is not None and _is_own_address(name, scope))

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        cookie: str = cookie_parser(headers.get("cookie", "")).get(_cookie_name(scope), "")
        given = (bearer.strip() if kind.lower() == "bearer" else "", cookie, self._asked_token(scope))
        return any(self._is(token) for token in given)

    def _is(self, token: str) -> bool:
        return self.token is not None and hmac.compare_digest(token.encode(), self.token.encode())

    def _asked_token(self, scope: Scope) -> str:
        """The token in the page's own address; no other address takes one."""
        if self._path(scope) != "/":
            return ""
        query: bytes = scope["query_string"]
        return parse_qs(query.decode("latin-1"), errors="replace").get("token", [""])[0]


def access(host: str, bound: str, places: Iterable[Place] = (), root_path: str = "") -> Access:
    """Who may ask a server that was told to listen on `host`, and so listens on the address `bound`.

    Args:
        places: where it is reached besides, through a proxy or a name server: from elsewhere, so that they are a reason
            to ask for a token. A root path is one too, for only a proxy makes it.
        root_path: as `place.root_path` gives it.
    """
    places = tuple(places)
    given = {host.lower(), *(place.name.strip("[]") for place in places)}
    if is_loopback(bound) and not places and not root_path:
        return Access(frozenset({*LOOPBACK, *given, bound}))
    machine = socket.gethostname().lower()
    short = machine.partition(".")[0]
    return Access(
        frozenset({*LOOPBACK, *given, machine, short, f"{short}.local"}),
        secrets.token_urlsafe(TOKEN_BYTES),
        frozenset(place.site for place in places),
        root_path,
        bool(places) and all(place.scheme == "https" for place in places),
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach a server bound to `address`."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The one form in which anything is refused."""
    return JSONResponse({"error": sentence}, status, headers)


def _cookie_name(scope: Scope) -> str:
    """Cookies know no ports: each server of this machine has one of its own."""
    return f"fivebyfive-{(scope.get('server') or ('', 0))[1]}"


def _is_own_address(name: str, scope: Scope) -> bool:
    """Whether `name` is the address of this machine to which the connection was made; no site can rebind an address."""
    server = scope.get("server")
    try:
        return server is not None and _address(name) == _address(server[0])
    except ValueError:
        return False


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    return (address.version == 6 and address.ipv4_mapped) or address


def _is_embedded_elsewhere(headers: Headers) -> bool:
    """Whether another site's page asks for it as a part of itself; a link from there may be followed."""
    elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    return elsewhere and headers.get("sec-fetch-dest") != "document"


def _name(host: str) -> str:
    """The name in a Host header, without its port: "[::1]:8000" → "::1"."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _site(origin: str) -> str:
    """The host and port of an Origin header: "http://localhost:8000" → "localhost:8000"."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
