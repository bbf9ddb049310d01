"""The server behind ``5x5 serve``: one model, one page, and nothing remembered of whoever asks.

The HTTP API, which the page uses and ``GET /api/openapi.json`` describes:

    GET  /                        the page, live (text/html).
    GET  /static/{name}           its modules and styles, e.g. /static/js/main.js: only files of views/page.
    GET  /api/network             structure and parameters: an envelope, once a page.
    GET  /api/film                the film of its training, where its run folder has one: an envelope.
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
request is answered by a status 4xx and ``{"error": "a sentence"}``: 400 (not understood, or another machine's name),
401 (the token is missing), 403 (from another site's page), 404, 405, 408 (the upload took too long), 413 (too many
bytes), 422 (not a picture, or one that cannot be explained, or not within its time and memory; a number out of range),
429 with Retry-After (too many at once; the page waits and sends its latest picture). 503: the process that computes
was lost on this picture, and is started anew.

Where others can reach the server, it asks for a token: ``GET /?token=TOKEN`` sets it as a cookie, and the header
``Authorization: Bearer TOKEN`` does without one (`access`).
"""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from fivebyfive.errors import InputError
from fivebyfive.serving.access import Access, refuse
from fivebyfive.serving.channel import Question
from fivebyfive.serving.guard import Guard
from fivebyfive.serving.limits import Limits
from fivebyfive.views import page

if TYPE_CHECKING:
    from fivebyfive.serving.computer import Computer

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


def create_app(computer: "Computer", limits: Limits | None = None, access: Access | None = None) -> FastAPI:
    """The application that serves the page for one model.

    Args:
        computer: what computes.
        limits: on every request.
        access: who may ask; by default this machine.
    """
    limits = limits or Limits()
    app = FastAPI(title="fivebyfive", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.add_middleware(Guard, limits=limits, access=access or Access())
    speak_in_sentences(app)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def start() -> str:
        return page.live(computer.filmed)

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
        return Response(computer.network, media_type=ENVELOPE)

    @app.get("/api/film", response_class=Response, responses=SENT_ENVELOPE)
    async def film(request: Request) -> Response:
        """The film of the network's training."""
        if not computer.filmed:
            raise HTTPException(404)
        answer = await computer.ask(Question("film"), request)
        return Response(answer.envelope, media_type=ENVELOPE)

    @app.post("/api/explain", response_class=Response, responses=SENT_ENVELOPE, openapi_extra=PICTURE)
    async def explain(request: Request, knows: Knows = "", width: Side = None, height: Side = None) -> Response:
        """What the network computes for the picture that is sent."""
        if (width is None) != (height is None):
            raise InputError("a raw picture has a width and a height; one of them is missing")
        data = await _uploaded(request, limits.upload_bytes)
        question = Question("photo", data, knows)
        if width is not None and height is not None:
            question = Question("drawing", data, knows, width, height)
        answer = await computer.ask(question, request)
        return Response(answer.envelope, media_type=ENVELOPE)

    @app.get("/api/mnist/{index}", response_class=Response, responses=SENT_ENVELOPE)
    async def mnist(request: Request, index: Annotated[int, Path(ge=0, lt=MNIST_TESTS)], knows: Knows = "") -> Response:
        """What the network computes for one of MNIST's test images."""
        answer = await computer.ask(Question("mnist", knows=knows, index=index), request)
        return Response(answer.envelope, media_type=ENVELOPE, headers={"Fivebyfive-Label": answer.label or ""})

    return app


async def _uploaded(request: Request, most: int) -> bytes:
    """The bytes of the picture in a request's body, or in the one file of its form; in memory all the while."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.body()
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=8)
    parser.spool_max_size = most + 1  # else a larger part goes to the disk, which may be full
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    for part in form.values():
        if isinstance(part, UploadFile):
            return await part.read()
    raise InputError("the form has no file; send one picture in it")


# --- errors, all in one form ----------------------------------------------------------------------------------------


def speak_in_sentences(app: FastAPI) -> None:
    """Let whatever is wrong with a request be answered by a status and a sentence."""
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

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # which nobody receives
