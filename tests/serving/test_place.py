"""Where the page is found from elsewhere: names and paths as they are given, and what of them no browser ever sends."""

import pytest

from fivebyfive.errors import InputError
from fivebyfive.serving.place import Place, place, root_path


@pytest.mark.parametrize(
    ("text", "site", "address"),
    [
        ("Lab.Example", "lab.example", "http://lab.example:8000"),
        ("lab.example:8443", "lab.example:8443", "http://lab.example:8443"),
        ("https://lab.example/", "lab.example", "https://lab.example"),
        ("https://lab.example:443", "lab.example", "https://lab.example"),
        ("https://lab.example:80", "lab.example:80", "https://lab.example:80"),
        ("http://[fe80::1]:8080", "[fe80::1]:8080", "http://[fe80::1]:8080"),
    ],
)
def test_a_name_is_what_a_browser_says_of_it(text: str, site: str, address: str) -> None:
    assert place(text).site == site
    assert place(text).address(8000) == address


@pytest.mark.parametrize(
    "text", ["", "https://", "ftp://lab.example", "lab.example/lesson", "a b", "*", "ä.example", "x\r\ny", "a@b", "x:"]
)
def test_what_is_no_name_is_told(text: str) -> None:
    with pytest.raises(InputError, match=r"(?s)--name .* no name of a server; give it as"):
        place(text)


@pytest.mark.parametrize("text", ["/lesson", "lesson", "/lesson/", "lesson/"])
def test_a_path_is_the_same_however_it_is_written(text: str) -> None:
    assert root_path(text) == "/lesson"
    assert root_path("/a/b-c/~d.e") == "/a/b-c/~d.e"
    assert root_path("") == root_path("/") == ""


@pytest.mark.parametrize("text", ["a//b", "/..", "a/../b", "a b", "a;Path=", "a\r\nSet-Cookie: x=y", "ä", "%2e", "a?b"])
def test_what_is_no_path_is_told(text: str) -> None:
    with pytest.raises(InputError, match="(?s)--root-path .* is no path"):
        root_path(text)


def test_a_path_of_the_pages_own_is_told() -> None:
    with pytest.raises(InputError, match="begins like a path of the page's own"):
        root_path("/api")
    assert root_path("/apis") == "/apis"


def test_a_place_is_plain_data() -> None:
    assert place("https://lab.example:8443") == Place("https", "lab.example", "8443")
