"""What somebody else's code raised, in plain words: the true cause, what to do, and the lines of that code.

Python and PyTorch say what went wrong as their authors see it. The causes that are met most often are said here as the
author of a network sees them; the rest is quoted as it is. Lines of this package and of PyTorch are never shown.
"""

import contextlib
import importlib.util
import io
import re
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fivebyfive.errors import NO_MEMORY, Failure, InputError

LONGEST = 300
MOST_LINES = 6
"""Calls of the user's own that are shown; of more, the deepest ones."""

_TORCH = importlib.util.find_spec("torch")  # which need not be loaded for that
_KERAS = importlib.util.find_spec("keras")
_NOT_THEIRS = (
    *(str(Path(folder)) for found in (_TORCH, _KERAS) if found for folder in found.submodule_search_locations or ()),
    *(
        str(Path(__file__).with_name(name))
        for name in ("causes.py", "answers.py", "exporting.py", "model.py", "state.py")
    ),
    *(str(Path(__file__).parent / name) for name in ("networks", "training", "explain", "cli", "serving")),
    "<frozen",
)
_STDLIB = sysconfig.get_path("stdlib")

PACKAGES = {"cv2": "opencv-python", "sklearn": "scikit-learn", "skimage": "scikit-image", "yaml": "pyyaml"}
"""Packages that are installed under another name than they are imported by."""
USUAL = (
    *("torchvision", "torchaudio", "timm", "einops", "lightning", "pytorch_lightning", "torchmetrics", "torchsummary"),
    *("torchinfo", "tqdm", "pandas", "scipy", "seaborn", "wandb", "tensorboard", "transformers", "kornia"),
    *("tensorflow", "keras", "h5py"),
)
"""Packages that are installed under the name that they are imported by. Any other name is not guessed at."""

NO_GPU = ("not compiled with cuda", "without cuda", "no nvidia driver", "no cuda gpus", "cuda.is_available() is false")
OTHER_TYPES = re.compile(
    r"same dtype|should be the same|expected scalar type|expected m1 and m2|Found dtype", re.IGNORECASE
)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Run somebody else's code in it: whatever it raises becomes a `Failure` that begins with `what`."""
    try:
        yield
    except (KeyboardInterrupt, MemoryError, InputError, Failure):
        raise
    except BaseException as error:
        raise Failure(sentence(what, error)) from error


@contextmanager
def unseen() -> Iterator[None]:
    """Run somebody else's code once more in it: what it prints then is shown to nobody."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def sentence(what: str, error: BaseException, advice: str = "") -> str:
    """One sentence — `what`, the cause, `advice` — and then the user's own lines, as Python writes a traceback."""
    said = f"{what}: {type(error).__name__}: {cause(error)}"
    return "\n".join([f"{said}; {advice}" if advice else said, *own_lines(error)])


def own_lines(error: BaseException) -> list[str]:
    """The lines of the user's own that led to the error, as Python writes them."""
    return [line.rstrip() for line in traceback.StackSummary.from_list(_own(error)[-MOST_LINES:]).format()]


def cause(error: BaseException) -> str:
    """Why it was raised, and what to do where that is known, in one line; without its type."""
    said = " ".join(str(error).split())
    for plain in (_of_python, _of_machine, _of_layers):
        if found := plain(error, said):
            return found
    return _without_jargon(_cut(said)) or _bare(error)


def _own(error: BaseException) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if is_own(frame.filename)]


def is_own(file: str) -> bool:
    """Whether code in `file` may be the user's: it is not of Python, PyTorch or this package."""
    return not file.startswith(_NOT_THEIRS) and not (file.startswith(_STDLIB) and "site-packages" not in file)


def _bare(error: BaseException) -> str:
    """What to say of an error without a message: the line that raised it."""
    own = _own(error)
    return f"it stands at: {own[-1].line}" if own and own[-1].line else "no message"


# --- by kind --------------------------------------------------------------------------------------------------------


def _of_python(error: BaseException, said: str) -> str | None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _package(error.name.partition(".")[0])
    if isinstance(error, ImportError):
        found = re.match(r"cannot import name '(.+?)' from '(.+?)'", said)
        return f"{found[2]}, as it is installed here, has no {found[1]}; another version of it may" if found else None
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return (
            f"it opens {_named(error.filename)}, which does not exist; a relative path begins at the folder that one "
            "calls from, so write a whole one, or leave the weights to --model"
        )
    if isinstance(error, SystemExit):
        how = f"sys.exit({error.code!r})" if error.code is not None else "exit()"
        return f"it ends the program by {_cut(how)}; leave that out, or under if __name__ == '__main__'"
    if isinstance(error, RecursionError):
        return "it calls itself without an end"
    if "unexpected keyword argument" in said:
        return re.sub(r"got an unexpected keyword argument (\S+)(\..*)?", r"takes no argument \1", said)
    if "before Module.__init__() call" in said:
        return "its __init__ has to begin with super().__init__()"
    if "is missing the required" in said or (isinstance(error, NotImplementedError) and not said):
        return "it has no forward, so there is nothing to run"
    missing = re.match(r"(\S*forward)\(\) missing \d+ required positional arguments?: (.*)", said)
    if missing:
        return f"{missing[1]} wants {missing[2]} too, and pictures are one tensor; give what is not a picture a default"
    return None


def _package(name: str) -> str:
    installed = PACKAGES.get(name, name if name in USUAL else "")
    how = f"pip install {installed}" if installed else "install it, or put it beside the file"
    return f"it imports {name}, which is not installed here; {how}"


def _of_machine(error: BaseException, said: str) -> str | None:
    low = said.lower()
    if "attempting to deserialize object on" in low:
        return "it loads weights that lie on a GPU, and there is none; write torch.load(…, map_location='cpu')"
    if any(sign in low for sign in NO_GPU):
        return (
            "it asks for CUDA, and PyTorch finds no GPU here; write device = 'cuda' if torch.cuda.is_available() "
            "else 'cpu', and use that"
        )
    if isinstance(error, MemoryError) or any(sign in low for sign in NO_MEMORY):
        asked = re.search(r"tried to allocate (\d+) bytes", low)
        much = f"{int(asked[1]):,} bytes, which is more" if asked else "more"
        return f"it asks for {much} than the memory that there is; make it smaller"
    if "weights only load failed" in low:
        return "it loads a pickle that holds more than weights; save state_dict() alone, best as safetensors"
    return None


def _of_layers(_error: BaseException, said: str) -> str | None:
    if OTHER_TYPES.search(said):
        return (
            f"{_cut(said)}; its parts are of different types: bring what goes in to the layer's, "
            "by x.to(layer.weight.dtype)"
        )
    product = re.search(r"shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x\d+\)", said)
    if product:
        return f"{_cut(said)}: its layer takes {int(product[3]):,} values and gets {int(product[2]):,}"
    channels = re.search(r"expected input\[.*?\] to have (\d+) channels, but got (\d+) channels", said)
    if channels:
        return f"{_cut(said)}: its convolution takes {channels[1]} channels and gets {channels[2]}"
    if "Error(s) in loading state_dict" in said:
        return _without_jargon(_cut(said))
    return None


def _without_jargon(said: str) -> str:
    """Python's and PyTorch's word for what somebody did not expect, which says nothing to him."""
    for theirs, ours in WORDS.items():
        said = said.replace(theirs, ours)
    return said


WORDS = {
    "unexpected indent": "this line is indented more than the one before it",
    "unexpected character after line continuation character": "something stands behind a \\ that ends a line",
    "unexpected EOF while parsing": "the file ends in the midst of a statement",
    "Unexpected key(s) in state_dict": "keys that it does not have",
    "Missing key(s) in state_dict": "keys that are missing",
}


def of_syntax(error: SyntaxError) -> str:
    """What is wrong with a file's syntax."""
    said = _without_jargon(str(error.msg or "it is no Python"))
    print_of_two = said.startswith("Missing parentheses in call to 'print'")
    return "print without brackets is Python 2, and this is Python 3" if print_of_two else said


def _named(filename: object) -> str:
    return _cut(ascii(filename) if not str(filename).isprintable() else f"'{filename}'")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
