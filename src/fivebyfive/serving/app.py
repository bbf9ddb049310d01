"""The server behind ``5x5 serve``: one model, one page, and nothing remembered of whoever asks.

The HTTP API, which the page uses and ``GET /api/openapi.json`` describes:

    GET  /                        the page, live (text/html).
    GET  /static/{name}           its modules and styles, e.g. /static/js/main.js: only files of views/page.
    GET  /api/network             structure and parameters: an envelope, once a page.
    POST /api/explain             a picture → its values and the stages of its preparation: an envelope. The body is
                                  the picture, as one of
                                  - an encoded file: Content-Type image/png, image/jpeg, … (what the bytes are decides);
                                  - a form: multipart/form-data with one file, whatever its field is called;
                                  - the pad's raw picture: Content-Type application/octet-stream and
                                    ?width=W&height=H, W·H bytes, one a pixel, row by row: 0 is blank, 255 is ink.
    GET  /api/mnist/{index}       the same for picture 0 … 9999 of MNIST's test images; the header Fivebyfive-Label
                                  says which digit it is.
    GET  /api/openapi.json        this, for machines.

With ?knows=DIGEST on explain and mnist, the structure and its parameters come along whenever the digest is another:
code may take another way for another picture.

Envelopes are application/octet-stream, in the format that views/page/document.py defines. Whatever is wrong with a
request is answered by a status 4xx and ``{"error": "a sentence"}``: 400 (not understood), 403 (from another site's
page), 404, 405, 408 (the upload took too long), 413 (too many bytes), 422 (not a picture, or one that
cannot be explained; a number out of range), 429 with Retry-After (too many at once; the page waits and sends its latest
picture).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from fivebyfive.datasets.picture import Pixels, decode
from fivebyfive.errors import Failure, InputError
from fivebyfive.serving.guard import BUSY, LOOPBACK, RETRY, Guard, Limits, refuse
from fivebyfive.views import page

if TYPE_CHECKING:
    from fivebyfive.serving.answers import Answers

T = TypeVar("T")
ENVELOPE = "application/octet-stream"
PAD_SIDE = 1024
"""The longest side of the pad's raw picture."""
MNIST_TESTS = 10_000

Knows = Annotated[str, Query(max_length=64, description="the digest of the structure that the page has")]
Side = Annotated[int | None, Query(ge=1, le=PAD_SIDE, description="of the pad's raw picture, in pixels")]

REFUSAL = {
    "description": "What was wrong with the request, in a sentence.",
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
        }
    },
}
SENT_ENVELOPE: dict[int | str, dict[str, Any]] = {
    200: {"description": "An envelope.", "content": {ENVELOPE: {"schema": {"type": "string", "format": "binary"}}}},
    "4XX": REFUSAL,
}
PICTURE = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            ENVELOPE: {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"picture": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


def create_app(answers: "Answers", limits: Limits | None = None, hosts: tuple[str, ...] | None = LOOPBACK) -> FastAPI:
    """The application that serves the page for one model.

    Args:
        answers: what computes.
        limits: on every request.
        hosts: names by which the server may be addressed; None: any.
    """
    limits = limits or Limits()
    turns = Turns(limits.wait_seconds)
    app = FastAPI(title="fivebyfive", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.add_middleware(Guard, limits=limits, hosts=hosts)
    _speak_in_sentences(app)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def start() -> str:
        return page.live()

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> Response:
        return Response(status_code=204)  # browsers ask, and complain of a 404

    @app.get("/static/{name:path}", include_in_schema=False)
    async def static(name: str) -> Response:
        found = page.resource(name)
        if found is None:
            raise HTTPException(404)
        content, media_type = found
        return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})

    @app.get("/api/network", response_class=Response, responses=SENT_ENVELOPE)
    async def network() -> Response:
        """The network's structure and parameters."""
        return Response(answers.network, media_type=ENVELOPE)

    @app.post("/api/explain", response_class=Response, responses=SENT_ENVELOPE, openapi_extra=PICTURE)
    async def explain(request: Request, knows: Knows = "", width: Side = None, height: Side = None) -> Response:
        """What the network computes for the picture that is sent."""
        if (width is None) != (height is None):
            raise InputError("a raw picture has a width and a height; one of them is missing")
        data = await _uploaded(request)

        def work() -> bytes:
            if width is None or height is None:
                return answers.photo(decode(data).pixels, knows)
            return answers.drawing(drawn(data, width, height), knows)

        return Response(await turns.take(request, work), media_type=ENVELOPE)

    @app.get("/api/mnist/{index}", response_class=Response, responses=SENT_ENVELOPE)
    async def mnist(request: Request, index: Annotated[int, Path(ge=0, lt=MNIST_TESTS)], knows: Knows = "") -> Response:
        """What the network computes for one of MNIST's test images."""
        values, label = await turns.take(request, lambda: answers.mnist(index, knows))
        return Response(values, media_type=ENVELOPE, headers={"Fivebyfive-Label": label})

    return app


class Turns:
    """One picture is computed at a time, in the order in which they came; the others wait, but not for ever."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = wait_seconds
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "compute", initializer=_compute_thread)

    async def take(self, request: Request, work: Callable[[], T]) -> T:
        """`work`'s result, computed in the one thread for it.

        Raises:
            HTTPException: 429, the turn did not come in time.
            ClientDisconnect: nobody waits for the answer any more (the pen went on).
        """
        try:
            async with asyncio.timeout(self.wait_seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise HTTPException(429, BUSY, RETRY) from None
        try:
            if await request.is_disconnected():
                raise ClientDisconnect
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._turn.release()


def drawn(data: bytes, width: int, height: int) -> Pixels:
    """The pad's raw picture, a byte a pixel, 0 blank and 255 ink: [height, width].

    Raises:
        InputError: the bytes are not that many.
    """
    if len(data) != width * height:
        raise InputError(
            f"the drawing has {len(data)} bytes; {width} × {height} = {width * height} were expected, one a pixel"
        )
    return np.frombuffer(data, np.uint8).reshape(height, width)


async def _uploaded(request: Request) -> bytes:
    """The bytes of the picture in a request's body, or in the one file of its form."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1, max_fields=8) as form:
        for part in form.values():
            if isinstance(part, UploadFile):
                return await part.read()
    raise InputError("the form has no file; send one picture in it")


def _compute_thread() -> None:
    import torch

    torch.set_num_threads(1)


# --- errors, all in one form ----------------------------------------------------------------------------------------


def _speak_in_sentences(app: FastAPI) -> None:
    sentences = {
        404: "there is nothing at this address; the page is at /",
        405: "this address is asked in another way (GET or POST)",
    }

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return refuse(error.status_code, sentences.get(error.status_code, error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return refuse(422, f"{first['loc'][-1]}: {first['msg'].lower()}")

    @app.exception_handler(InputError)
    async def unusable(_: Request, error: InputError) -> Response:
        return refuse(422, str(error))

    @app.exception_handler(Failure)
    async def failed(_: Request, error: Failure) -> Response:
        return refuse(500, str(error))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> Response:
        sentence = "something went wrong in the server; its terminal says what"
        return refuse(500, sentence, {"Connection": "close"})  # as uvicorn does with it then

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # which nobody receives
