"""The application's own part: what a request may look like, whose turn it is, and what refusals sound like."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx
import numpy as np
import pytest

from fivebyfive.datasets.picture import Pixels
from fivebyfive.errors import Failure, InputError
from fivebyfive.serving.app import create_app, drawn
from fivebyfive.serving.guard import Limits

if TYPE_CHECKING:
    from fivebyfive.serving.answers import Answers

T = TypeVar("T")
PAD: dict[str, Any] = {"params": {"width": 2, "height": 3}, "content": bytes([0, 255, 0, 0, 7, 0])}


class Recorder:
    """Stands in for the model: keeps what it is asked and does as it is told."""

    network = b"structure"

    def __init__(self, does: Callable[[], object] = lambda: None) -> None:
        self.pictures: list[Pixels] = []
        self.does = does

    def drawing(self, ink: Pixels, knows: str) -> bytes:
        self.pictures.append(ink)
        self.does()
        return knows.encode()

    def mnist(self, index: int, knows: str) -> tuple[bytes, str]:
        return f"{index} {knows}".encode(), "7"


def talk(recorder: Recorder, conversation: Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]], limits: Limits) -> T:
    async def run() -> T:
        transport = httpx.ASGITransport(create_app(cast("Answers", recorder), limits), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await conversation(client)

    return asyncio.run(run())


def ask(recorder: Recorder, method: str, path: str, **request: Any) -> httpx.Response:
    return talk(recorder, lambda client: client.request(method, path, **request), Limits())


def test_the_pads_drawing_arrives_pixel_by_pixel() -> None:
    recorder = Recorder()
    assert ask(recorder, "POST", "/api/explain?width=2&height=3&knows=abc", content=PAD["content"]).content == b"abc"
    (picture,) = recorder.pictures
    np.testing.assert_array_equal(picture, [[0, 255], [0, 0], [7, 0]])


def test_a_raw_picture_has_one_byte_a_pixel() -> None:
    with pytest.raises(InputError, match="5 bytes; 2 × 3 = 6"):
        drawn(b"12345", 2, 3)


@pytest.mark.parametrize(
    "params",
    [{"width": 2}, {"height": 3}, {"width": 0, "height": 3}, {"width": 9**9, "height": 3}, {"width": "a", "height": 3}],
)
def test_a_raw_pictures_size_is_checked_before_anything_is_computed(params: dict[str, Any]) -> None:
    recorder = Recorder()
    answer = ask(recorder, "POST", "/api/explain", params=params, content=b"123456")
    assert answer.status_code == 422
    assert "width" in answer.json()["error"]
    assert not recorder.pictures


def test_one_picture_of_mnist_comes_with_its_label() -> None:
    answer = ask(Recorder(), "GET", "/api/mnist/9999?knows=abc")
    assert (answer.content, answer.headers["fivebyfive-label"]) == (b"9999 abc", "7")


@pytest.mark.parametrize("index", ["-1", "10000", "seven", "1e3", "9" * 5000])
def test_other_pictures_of_mnist_do_not_exist(index: str) -> None:
    answer = ask(Recorder(), "GET", f"/api/mnist/{index}")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("index: ")


def test_wrong_input_is_422_and_a_network_that_fails_is_500_both_in_a_sentence() -> None:
    def wrong() -> None:
        raise InputError("no digit was found")

    def fails() -> None:
        raise Failure("the network raised ValueError")

    refused = ask(Recorder(wrong), "POST", "/api/explain", **PAD)
    failed = ask(Recorder(fails), "POST", "/api/explain", **PAD)
    assert (refused.status_code, refused.json()) == (422, {"error": "no digit was found"})
    assert (failed.status_code, failed.json()) == (500, {"error": "the network raised ValueError"})


def test_a_mistake_of_the_servers_own_is_500_in_a_sentence_without_its_details() -> None:
    def fails() -> None:
        raise ZeroDivisionError("secret")

    answer = ask(Recorder(fails), "POST", "/api/explain", **PAD)
    assert (answer.status_code, answer.headers["connection"]) == (500, "close")
    assert "secret" not in answer.json()["error"]


def test_addresses_that_are_not_there_say_so() -> None:
    unknown, other_way = ask(Recorder(), "GET", "/nowhere"), ask(Recorder(), "GET", "/api/explain")
    assert (unknown.status_code, other_way.status_code) == (404, 405)
    assert "/" in unknown.json()["error"]
    assert "POST" in other_way.json()["error"]


def test_pictures_are_computed_in_the_order_in_which_they_came() -> None:
    recorder = Recorder()

    async def many(client: httpx.AsyncClient) -> list[httpx.Response]:
        pads: list[dict[str, Any]] = [{"params": {"width": 1, "height": 1}, "content": bytes([n])} for n in range(40)]
        return await asyncio.gather(*(client.post("/api/explain", **pad) for pad in pads))

    answers = talk(recorder, many, Limits())
    assert {a.status_code for a in answers} == {200}
    assert [int(p[0, 0]) for p in recorder.pictures] == list(range(40))


def test_one_picture_is_computed_at_a_time_and_who_waits_too_long_is_told_to_come_back() -> None:
    go_on = threading.Event()

    async def two(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        first = asyncio.create_task(client.post("/api/explain", **PAD))
        await asyncio.to_thread(computing.wait)
        second = await client.post("/api/explain", **PAD)
        go_on.set()
        return await first, second

    computing = threading.Event()

    def hold() -> None:
        computing.set()
        go_on.wait()

    recorder = Recorder(hold)
    first, second = talk(recorder, two, Limits(wait_seconds=0.05))
    assert first.status_code == 200
    assert second.status_code == 429
    assert second.headers["retry-after"] == "1"
    assert len(recorder.pictures) == 1


def test_the_description_for_machines_knows_every_address_and_loads_nothing_from_elsewhere() -> None:
    description = ask(Recorder(), "GET", "/api/openapi.json").json()
    assert set(description["paths"]) == {"/api/network", "/api/explain", "/api/mnist/{index}"}
    accepted = description["paths"]["/api/explain"]["post"]["requestBody"]["content"]
    assert {"image/*", "application/octet-stream", "multipart/form-data"} == set(accepted)
    assert ask(Recorder(), "GET", "/docs").status_code == 404
