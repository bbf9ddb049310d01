"""The server as it runs: a process of its own, the shipped model, and whatever may come over the wire."""

import asyncio
import http.client
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from storm import Attempt, Served, attempts, drawing, encoded, photo, served, storm

from fivebyfive import datasets
from fivebyfive.views.page.document import Part, unpack

OWN = """
import torch
from torch import nn

class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, stride=2)

    def forward(self, x):
        return torch.relu(self.conv(x)).mean(dim=(2, 3))
"""
WRONG = [a for a in attempts() if not a.right]


def answer_of(part: Part) -> int:
    return int(part.buffers["probabilities"].argmax())


def test_the_page_and_its_modules_are_there(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    sources = [piece.split('"')[0] for piece in page.text.split('src="')[1:]]
    assert sources
    for source in sources:
        module = client.get(f"/{source}")
        assert module.status_code == 200
        assert module.headers["content-type"].startswith("text/javascript")


def test_pytorch_is_loaded_where_pictures_are_computed_and_nowhere_else(server: Served, client: httpx.Client) -> None:
    """The server itself is small then, and ends at once: Python takes a second to leave PyTorch."""
    for path in ("/", "/api/network", "/api/mnist/7"):
        assert client.get(path).status_code == 200
    loads = {pid: "libtorch" in Path(f"/proc/{pid}/maps").read_text() for pid in (server.process.pid, *server.children)}
    assert not loads[server.process.pid]
    assert any(loads.values())


def test_the_network_comes_as_structure_and_parameters(client: httpx.Client) -> None:
    network = unpack(client.get("/api/network").content)
    steps = network.fields["structure"]["steps"]
    assert steps[0]["kind"] == "input"
    assert sum(step["parameters"] for step in steps) == 3_274_634
    assert any(name.startswith("weight/") for name in network.buffers)


@pytest.mark.parametrize("index", [0, 1, 2, 3, 9999])
def test_test_images_of_mnist_are_read_as_what_they_are(client: httpx.Client, index: int) -> None:
    answer = client.get(f"/api/mnist/{index}")
    assert str(answer_of(unpack(answer.content))) == answer.headers["fivebyfive-label"]


def test_a_seven_is_read_raw_encoded_and_in_a_form(client: httpx.Client) -> None:
    png = encoded(photo(280, 280), "PNG")
    ways = [
        client.post("/api/explain?width=280&height=280", content=drawing()),
        client.post("/api/explain", content=png),
        client.post("/api/explain", files={"anything": png}),
    ]
    assert [way.status_code for way in ways] == [200, 200, 200]
    assert [answer_of(unpack(way.content)) for way in ways] == [7, 7, 7]
    assert ways[1].content == ways[2].content


def test_the_stages_of_preparation_come_with_what_was_prepared_and_only_with_that(client: httpx.Client) -> None:
    drawn = unpack(client.post("/api/explain?width=280&height=280", content=drawing()).content)
    ready = unpack(client.get("/api/mnist/0").content)
    last = drawn.buffers[f"stage/{len(drawn.fields['stages']) - 1}"]
    assert (last == drawn.buffers["image"][..., 0]).all()
    assert ready.fields["stages"] == []
    assert drawn.fields["photo"] is None
    assert ready.fields["photo"]["notes"] == ["The picture, 28×28 pixels, is taken as it is."]


def test_the_structure_comes_along_only_for_a_page_that_has_another(client: httpx.Client) -> None:
    network = unpack(client.get("/api/network").content)
    same = unpack(client.get("/api/mnist/0", params={"knows": network.fields["digest"]}).content)
    other = unpack(client.get("/api/mnist/0", params={"knows": "another"}).content)
    assert "structure" not in same.fields
    assert other.fields["structure"] == network.fields["structure"]
    assert network.buffers.keys() | same.buffers.keys() == other.buffers.keys()


def test_pictures_to_choose_from_are_one_of_each_digit_and_hard_ones(client: httpx.Client) -> None:
    found = unpack(client.get("/api/gallery").content)
    about = found.fields["gallery"]
    assert [(entry["label"], entry["hard"]) for entry in about[:10]] == [(str(n), False) for n in range(10)]
    assert [entry["hard"] for entry in about[10:]] == [True] * 6
    tests = datasets.load("mnist").test
    assert (found.buffers["gallery"] == tests.pixels[[entry["mnist"] for entry in about]]).all()
    sure = [unpack(client.get(f"/api/mnist/{entry['mnist']}").content).fields["doubt"] == "" for entry in about]
    assert sure[:10] == [True] * 10
    assert not all(sure[10:])


def test_several_digits_in_a_drawing_are_doubted_however_sure_the_network_is(client: httpx.Client) -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[20:90, 30:40] = 255
    sent: Any = {"params": {"width": 112, "height": 112}, "headers": {"Content-Type": "application/octet-stream"}}
    one = unpack(client.post("/api/explain", content=ink.tobytes(), **sent).content)
    ink[25:92, 70:80] = 255
    two = unpack(client.post("/api/explain", content=ink.tobytes(), **sent).content)
    assert (one.fields["doubt"], two.fields["doubt"]) == ("", "several digits; draw one")


def test_a_blank_pad_is_refused_in_words(client: httpx.Client) -> None:
    answer = client.post("/api/explain?width=28&height=28", content=bytes(784))
    assert answer.status_code == 422
    assert "blank" in answer.json()["error"]


@pytest.mark.parametrize("attempt", WRONG, ids=lambda attempt: attempt.name)
def test_wrong_input_is_refused_with_a_sentence(server: Served, attempt: Attempt) -> None:
    ((_, _, status),) = asyncio.run(storm(server.url, 1, lambda sent: sent < 1, [attempt]))
    assert 400 <= status < 500


@pytest.mark.parametrize(
    "path",
    ["/static/../document.py", "/static/../../../../../../etc/passwd", "//etc/passwd", "/static/..\\document.py"],
)
def test_no_path_leads_out_of_the_page(server: Served, path: str) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    connection.request("GET", path)  # as it is: httpx would tidy it up
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100_000])
def test_what_is_no_http_ends_the_connection_only(server: Served, client: httpx.Client, garbage: bytes) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(garbage + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert client.get("/").status_code == 200


def test_fifty_clients_with_wrong_input_among_right_get_no_5xx(server: Served, client: httpx.Client) -> None:
    outcomes = asyncio.run(storm(server.url, 50, lambda sent: sent < 5))
    kinds: Counter[tuple[bool, int]] = Counter()
    for (_, right, status), count in outcomes.items():
        kinds[right, status // 100] += count
    assert set(kinds) <= {(True, 2), (False, 4)} | {
        (right, status // 100) for _, right, status in outcomes if status == 429
    }
    assert kinds[True, 2]
    assert kinds[False, 4]
    assert client.get("/api/mnist/0").status_code == 200


# --- the command ----------------------------------------------------------------------------------------------------


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "fivebyfive", "serve", *options], capture_output=True, text=True)


def test_a_port_in_use_is_one_line_and_exit_1(server: Served) -> None:
    port = server.url.rpartition(":")[2]
    result = run("--port", port)
    assert result.returncode == 1
    assert result.stderr == f"error: port {port} on 127.0.0.1 cannot be used (address already in use); " + (
        "choose another one with --port\n"
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--host", "two..dots", "host 'two..dots'"), ("--port", "70000", "--port"), ("--model", "nothing", "nothing")],
)
def test_wrong_options_are_one_line_and_exit_2(option: str, value: str, said: str) -> None:
    result = run("--port", "0", option, value)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


def test_a_network_of_ones_own_keeps_one_size_whatever_is_sent(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    code.write_text(OWN)
    with served("--network", f"{code}:Mine") as own, httpx.Client(base_url=own.url, timeout=60) as client:
        digest = unpack(client.get("/api/network").content).fields["digest"]
        pictures = [
            client.get("/api/mnist/0", params={"knows": digest}),
            client.post(
                "/api/explain", params={"knows": digest, "width": 112, "height": 112}, content=drawing(112, 112)
            ),
            client.post("/api/explain", params={"knows": digest}, content=encoded(photo(), "JPEG")),
        ]
    for picture in map(unpack, (p.content for p in pictures)):
        assert picture.buffers["image"].shape == (224, 224, 3)
        assert picture.buffers["probabilities"].shape == (5,)
        assert "structure" not in picture.fields


def test_a_network_that_takes_no_picture_is_one_line_at_once(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    code.write_text(OWN.replace("Conv2d(3,", "Conv2d(7,"))
    result = run("--port", "0", "--network", f"{code}:Mine")
    assert result.returncode == 2
    assert "7 channels" in result.stderr
