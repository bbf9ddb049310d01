"""The application's own part: what a request may look like, what it asks of the model, and what refusals sound like."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from starlette.requests import Request

from fivebyfive.errors import InputError
from fivebyfive.serving.app import SENTENCE, create_app
from fivebyfive.serving.channel import Question
from fivebyfive.serving.computer import Answer
from fivebyfive.serving.limits import Limits

if TYPE_CHECKING:
    from fivebyfive.serving.computers import Computers

PAD: dict[str, Any] = {"params": {"width": 2, "height": 3}, "content": bytes([0, 255, 0, 0, 7, 0])}


class Recorder:
    """Stands in for the process that computes: keeps what it is asked and does as it is told."""

    network = b"structure"

    def __init__(self, does: Callable[[], object] = lambda: None) -> None:
        self.questions: list[Question] = []
        self.does = does

    async def ask(self, question: Question, _: Request) -> Answer:
        self.questions.append(question)
        self.does()
        return Answer(question.knows.encode(), "7" if question.way == "mnist" else None)


def ask(recorder: Recorder, method: str, path: str, limits: Limits | None = None, **request: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        app = create_app(cast("Computers", recorder), limits)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.request(method, path, **request)

    return asyncio.run(run())


def test_the_pads_drawing_is_asked_byte_by_byte() -> None:
    recorder = Recorder()
    assert ask(recorder, "POST", "/api/explain?width=2&height=3&knows=abc", content=PAD["content"]).content == b"abc"
    assert recorder.questions == [Question("drawing", PAD["content"], "abc", 2, 3)]


def test_a_forms_file_is_asked_as_it_is_and_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    recorder, picture = Recorder(), bytes(range(256)) * 12_000
    assert ask(recorder, "POST", "/api/explain", files={"a": ("7.png", picture)}).status_code == 200
    assert recorder.questions == [Question("photo", picture)]


@pytest.mark.parametrize(
    "params",
    [{"width": 2}, {"height": 3}, {"width": 0, "height": 3}, {"width": 9**9, "height": 3}, {"width": "a", "height": 3}],
)
def test_a_raw_pictures_size_is_checked_before_anything_is_computed(params: dict[str, Any]) -> None:
    recorder = Recorder()
    answer = ask(recorder, "POST", "/api/explain", params=params, content=b"123456")
    assert answer.status_code == 422
    assert "width" in answer.json()["error"]
    assert not recorder.questions


def test_one_picture_of_mnist_comes_with_its_label() -> None:
    recorder = Recorder()
    answer = ask(recorder, "GET", "/api/mnist/9999?knows=abc")
    assert recorder.questions == [Question("mnist", knows="abc", index=9999)]
    assert (answer.content, answer.headers["fivebyfive-label"]) == (b"abc", "7")


@pytest.mark.parametrize("index", ["-1", "10000", "seven", "1e3", "9" * 5000])
def test_other_pictures_of_mnist_do_not_exist(index: str) -> None:
    answer = ask(Recorder(), "GET", f"/api/mnist/{index}")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("index: ")


def test_a_picture_that_cannot_be_explained_is_422_in_a_sentence() -> None:
    def wrong() -> None:
        raise InputError("no digit was found")

    refused = ask(Recorder(wrong), "POST", "/api/explain", **PAD)
    assert (refused.status_code, refused.json()) == (422, {"error": "no digit was found"})


def test_addresses_that_are_not_there_say_so() -> None:
    unknown, other_way = ask(Recorder(), "GET", "/nowhere"), ask(Recorder(), "GET", "/api/explain")
    assert (unknown.status_code, other_way.status_code) == (404, 405)
    assert "/" in unknown.json()["error"]
    assert "POST" in other_way.json()["error"]


def test_the_description_for_machines_knows_every_address_and_loads_nothing_from_elsewhere() -> None:
    description = ask(Recorder(), "GET", "/api/openapi.json").json()
    assert set(description["paths"]) == {
        *("/", "/health", "/static/{name}"),
        *("/api/network", "/api/explain", "/api/mnist/{index}", "/api/why", "/api/film", "/api/gallery"),
    }
    for operations in description["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            assert set(answers) == {"200", "4XX", "503"}
            assert all(answer["content"] for answer in answers.values())
            assert answers["4XX"]["content"] == answers["503"]["content"] == SENTENCE
    accepted = description["paths"]["/api/explain"]["post"]["requestBody"]["content"]
    assert {"image/*", "application/octet-stream", "multipart/form-data"} == set(accepted)
    assert ask(Recorder(), "GET", "/docs").status_code == 404
