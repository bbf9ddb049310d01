"""The server behind ``5x5 serve``: one model, one page, and nothing remembered of whoever asks.

The HTTP API, which the page uses and ``GET /api/openapi.json`` describes:

    GET  /                        the page, live (text/html).
    GET  /health                  that the server is there and can compute, as JSON; needs no token, and tells nothing.
    GET  /static/{name}           its modules and styles, e.g. /static/js/main.js: only files of views/page.
    GET  /api/network             structure and parameters: an envelope, once a page.
    GET  /api/gallery             small pictures to choose from, one of each digit and hard ones: an envelope.
    GET  /api/film                the film of its training, where its run folder has one: an envelope.
    POST /api/explain             a picture → its values and the stages of its preparation: an envelope. The body is
                                  the picture, as one of
                                  - an encoded file: Content-Type image/png, image/jpeg, … (what the bytes are decides);
                                  - a form: multipart/form-data with one file, whatever its field is called;
                                  - the pad's raw picture: Content-Type application/octet-stream and
                                    ?width=W&height=H, W·H bytes, one a pixel, row by row: 0 is blank, 255 is ink; or
                                    3·W·H, red, green and blue, for a network that takes whole pictures.
    GET  /api/mnist/{index}       the same for picture 0 … 9999 of MNIST's test images; the header Fivebyfive-Label
                                  says which digit it is.
    POST /api/why                 why that answer: the same picture again, or ?mnist=INDEX without a body, and what is
                                  asked: ?class=I&instead_of=J (classes by their number; the answer, if none). With
                                  &y=Y&x=X&size=S what the network answers with a black patch there, with
                                  &step=I&channel=C with that map switched off. An envelope (`views/page/why.py`).
    GET  /api/openapi.json        this, for machines.

With ?way=back on explain and mnist, the way back comes too, from the loss: how far the answer is from ?label=CLASS, a
name or a number; without one, from MNIST's own label, or from the answer itself.

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

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from fivebyfive import __version__
from fivebyfive.errors import InputError
from fivebyfive.serving.access import HEALTH, Access, refuse
from fivebyfive.serving.channel import Question
from fivebyfive.serving.guard import Guard
from fivebyfive.serving.limits import Limits
from fivebyfive.views import page

if TYPE_CHECKING:
    from fivebyfive.serving.computers import Computers

ENVELOPE = "application/octet-stream"
PAD_SIDE = 1024
"""The longest side of the pad's raw picture."""
MNIST_TESTS = 10_000
MOST = 2**31 - 1
"""No class, place, step or map has a larger number."""

Knows = Annotated[str, Query(max_length=64, description="the digest of the structure that the page has")]
Way = Annotated[Literal["forward", "back"], Query(description="whether the way back is worked out too")]
Label = Annotated[str, Query(max_length=200, description="on the way back: the class that it should have been")]
Side = Annotated[int | None, Query(ge=1, le=PAD_SIDE, description="of the pad's raw picture, in pixels")]


class Why(BaseModel):
    """What may be asked of an answer."""

    model_config = ConfigDict(extra="forbid")
    class_: int | None = Field(None, alias="class", ge=0, le=MOST)
    instead_of: int | None = Field(None, ge=0, le=MOST)
    mnist: int | None = Field(None, ge=0, lt=MNIST_TESTS)
    width: int | None = Field(None, ge=1, le=PAD_SIDE)
    height: int | None = Field(None, ge=1, le=PAD_SIDE)
    y: int | None = Field(None, ge=0, le=MOST)
    x: int | None = Field(None, ge=0, le=MOST)
    size: int | None = Field(None, ge=1, le=MOST)
    step: int | None = Field(None, ge=0, le=MOST)
    channel: int | None = Field(None, ge=0, le=MOST)

    def asked(self) -> dict[str, int]:
        """What of it is no picture.

        Raises:
            InputError: a patch or a map is named by half.
        """
        for names in (("y", "x", "size"), ("step", "channel")):
            given = [getattr(self, name) is not None for name in names]
            if any(given) and not all(given):
                raise InputError(f"{', '.join(names)} belong together; one of them is missing")
        said = self.model_dump(by_alias=True, exclude_none=True, exclude={"mnist", "width", "height"})
        return {name: int(value) for name, value in said.items()}


class Health(BaseModel):
    """That the server is there, and can compute."""

    status: Literal["ok"] = "ok"


BINARY = {"schema": {"type": "string", "format": "binary"}}
SENTENCE = {
    "application/json": {
        "schema": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    }
}
Responses = dict[int | str, dict[str, Any]]
REFUSALS: Responses = {
    "4XX": {"description": "What was wrong with the request, in a sentence.", "content": SENTENCE},
    503: {"description": "What computes was lost on this picture, and is started anew.", "content": SENTENCE},
}
SENT_ENVELOPE: Responses = {200: {"description": "An envelope.", "content": {ENVELOPE: BINARY}}, **REFUSALS}
SENT_FILE: Responses = {
    200: {"description": "A module, a style or a picture of the page.", "content": {"*/*": BINARY}},
    **REFUSALS,
}
PICTURE = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": BINARY,
            ENVELOPE: BINARY,
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"picture": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


def create_app(computers: "Computers", limits: Limits | None = None, access: Access | None = None) -> FastAPI:
    """The application that serves the page for one model.

    Args:
        computers: what computes.
        limits: on every request.
        access: who may ask; by default this machine.
    """
    limits = limits or Limits()
    access = access or Access()
    app = FastAPI(
        title="fivebyfive",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    app.add_middleware(Guard, limits=limits, access=access)
    speak_in_sentences(app)

    @app.get("/", response_class=HTMLResponse, responses=REFUSALS)
    async def start() -> str:
        """The page, live."""
        return page.live(computers.filmed)

    @app.get(HEALTH, responses=REFUSALS)
    async def health() -> Health:
        """Whether the server is there and can compute; needs no token."""
        if not computers.healthy:
            raise HTTPException(503, "the model cannot be loaded any more; the server's terminal says why")
        return Health()

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> Response:
        return Response(status_code=204)  # browsers ask, and complain of a 404

    @app.get("/static/{name:path}", response_class=Response, responses=SENT_FILE)
    async def static(name: str) -> Response:
        """A module, a style or a picture of the page."""
        found = page.resource(name)
        if found is None:
            raise HTTPException(404)
        content, media_type = found
        return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})

    @app.get("/api/network", response_class=Response, responses=SENT_ENVELOPE)
    async def network() -> Response:
        """The network's structure and parameters."""
        return Response(computers.network, media_type=ENVELOPE)

    @app.get("/api/gallery", response_class=Response, responses=SENT_ENVELOPE)
    async def gallery(request: Request) -> Response:
        """Pictures to choose from."""
        answer = await computers.ask(Question("gallery"), request)
        return Response(answer.envelope, media_type=ENVELOPE)

    @app.get("/api/film", response_class=Response, responses=SENT_ENVELOPE)
    async def film(request: Request) -> Response:
        """The film of the network's training."""
        if not computers.filmed:
            raise HTTPException(404)
        answer = await computers.ask(Question("film"), request)
        return Response(answer.envelope, media_type=ENVELOPE)

    @app.post("/api/explain", response_class=Response, responses=SENT_ENVELOPE, openapi_extra=PICTURE)
    async def explain(
        request: Request,
        knows: Knows = "",
        width: Side = None,
        height: Side = None,
        way: Way = "forward",
        label: Label = "",
    ) -> Response:
        """What the network computes for the picture that is sent."""
        _expect_both(width, height)
        data = await _uploaded(request, limits.upload_bytes)
        question = replace(_pictured(data, width, height, knows), back=way == "back" or label != "", label=label)
        answer = await computers.ask(question, request)
        return Response(answer.envelope, media_type=ENVELOPE)

    @app.get("/api/mnist/{index}", response_class=Response, responses=SENT_ENVELOPE)
    async def mnist(
        request: Request,
        index: Annotated[int, Path(ge=0, lt=MNIST_TESTS)],
        knows: Knows = "",
        way: Way = "forward",
        label: Label = "",
    ) -> Response:
        """What the network computes for one of MNIST's test images."""
        back = way == "back" or label != ""
        question = Question("mnist", knows=knows, index=index, back=back, label=label)
        answer = await computers.ask(question, request)
        return Response(answer.envelope, media_type=ENVELOPE, headers={"Fivebyfive-Label": answer.label or ""})

    @app.post("/api/why", response_class=Response, responses=SENT_ENVELOPE, openapi_extra=PICTURE)
    async def why(request: Request, asked: Annotated[Why, Query()]) -> Response:
        """What each pixel and each map contributed to the answer, or what becomes of it in a test."""
        wanted = asked.asked()
        if asked.mnist is not None:
            question = Question("mnist", index=asked.mnist)
        else:
            _expect_both(asked.width, asked.height)
            question = _pictured(await _uploaded(request, limits.upload_bytes), asked.width, asked.height)
        answer = await computers.ask(replace(question, why=wanted), request)
        return Response(answer.envelope, media_type=ENVELOPE)

    return app


def _expect_both(width: int | None, height: int | None) -> None:
    if (width is None) != (height is None):
        raise InputError("a raw picture has a width and a height; one of them is missing")


def _pictured(data: bytes, width: int | None, height: int | None, knows: str = "") -> Question:
    """The question about a picture in a request's body: a file's bytes, or with a width and a height the pad's."""
    if width is not None and height is not None:
        return Question("drawing", data, knows, width, height)
    return Question("photo", data, knows)


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
