"""Networks and files that cannot work, as people write and name them: one sentence says the true cause."""

import ast
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import fivebyfive
from support import Call, expect_sentence

HEAD = "import torch\nfrom torch import nn\n"
INIT = "        self.fc = nn.Linear(784, 10)"
FORWARD = "        return self.fc(x.flatten(1))"


def code(init: str = "", forward: str = FORWARD, arguments: str = "", head: str = HEAD, tail: str = "") -> str:
    """A network's file, but for what is given."""
    lines = [
        f"    def __init__(self{arguments}):",
        "        super().__init__()",
        INIT,
        *[f"        {init}"] * bool(init),
    ]
    return "\n".join([head, "class Net(nn.Module):", *lines, "", "    def forward(self, x):", forward, "", tail, ""])


RAISING = {
    "no package": (
        code(head=f"{HEAD}import torchvision_of_tomorrow\n"),
        "imports torchvision_of_tomorrow, which is not",
    ),
    "no such name": (
        code(head=f"{HEAD}from torch.nn import SuperConv2d\n"),
        "torch.nn, as it is installed here, has no",
    ),
    "ends the program": (
        code(tail="import sys\nsys.exit('usage: train.py')\n"),
        "it ends the program by sys.exit('usage",
    ),
    "ends by exit()": (code(tail="exit()\n"), "it ends the program by exit()"),
    "ends in forward": (code(forward="        raise SystemExit(3)"), "it ends the program by sys.exit(3)"),
    "no weights file": (code("torch.load('mnist_cnn.pth')"), "it opens 'mnist_cnn.pth', which does not exist"),
    "cuda in __init__": (code("self.fc.to('cuda:7')"), "CUDA"),
    "another keyword": (code("nn.Linear(3, 3, hidden=3)"), "takes no argument 'hidden'"),
    "no super": (code().replace("        super().__init__()\n", ""), "has to begin with super().__init__()"),
    "recursion": (code(forward="        return self.forward(x)"), "it calls itself without an end"),
    "recursion in __init__": (code("Net()"), "it calls itself without an end"),
    "no attribute": (code(forward="        return self.fc2(x)"), "no attribute 'fc2'"),
    "types": (
        code("self.fc.half()", "        return nn.Linear(10, 10)(self.fc(x.half().flatten(1)))"),
        "different types",
    ),
    "whole numbers": (code(forward="        return self.fc(x.long().flatten(1))"), "different types"),
    "a wrong size": (code("self.two = nn.Linear(9, 10)", "        return self.two(self.fc(x.flatten(1)))"), "9 values"),
    "an odd exception": (code(forward="        raise BaseException('odd')"), ": odd"),
    "no message": (code(forward="        assert x.shape[1] == 7"), "it stands at: assert x.shape[1] == 7"),
    "too large": (code("torch.zeros(1 << 50)"), "more than the memory that there is"),
}
"""Files whose code raises, and what must be said of it."""


@pytest.mark.parametrize("name", RAISING)
@pytest.mark.parametrize("command", ["train", "explain"])
def test_what_a_networks_code_raises_is_said_with_its_own_lines(
    call: Call, tmp_path: Path, idx_folder: Path, name: str, command: str
) -> None:
    source, said = RAISING[name]
    (tmp_path / "net.py").write_text(source)
    if command == "train":
        code_, out, err = call("train", "net.py:Net", "--data", idx_folder, "--samples", "129")
    else:
        code_, out, err = call("explain", "--network", "net.py:Net")
    first, *lines = err.splitlines()
    assert (code_, out) in ((1, ""), (2, ""))
    assert first.startswith("error: ")
    assert said.lower() in first.lower()
    assert "nexpected" not in err
    assert "fault of 5x5" not in err
    assert all(line.startswith("  ") for line in lines)
    files = [line for line in lines if line.startswith("  File ")]
    assert files
    assert all("net.py" in line for line in files)


SYNTAX = {
    "print x": "print without brackets is Python 2",
    "  x = 1": "indented more than the one before",
    "x = (1": "was never closed",
    "\0": "null bytes",
}


@pytest.mark.parametrize("line", SYNTAX)
def test_a_mistake_in_syntax_is_one_sentence(call: Call, tmp_path: Path, line: str) -> None:
    (tmp_path / "net.py").write_text(f"{HEAD}x = 0\n{line}\n")
    assert SYNTAX[line] in expect_sentence(call("explain", "--network", "net.py:Net"))


def test_a_constructors_arguments_are_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(code(arguments=", hidden"))
    assert "it takes (hidden)" in expect_sentence(call("explain", "--network", "net.py:Net"))
    said = expect_sentence(call("explain", "--network", "net.py:Net(3, width=3)"))
    assert "takes no argument 'width'" in said
    assert "it takes (hidden)" in said


def files_of_others(folder: Path) -> dict[str, str]:
    """Files that are no models, and what must be said of each."""
    network = nn.Linear(3, 3)
    torch.save(network.state_dict(), folder / "new.pth")
    torch.save(network, folder / "whole.pt")
    torch.save(network.state_dict(), folder / "old.pt", _use_new_zipfile_serialization=False)
    (folder / "x.pkl").write_bytes(pickle.dumps({"a": 1}))
    (folder / "keras.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    (folder / "m.onnx").write_bytes(b"\x08\x0a\x12\x07pytorch" + bytes(50))
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.writestr("notes.txt", "none")
    (folder / "t.txt").write_text("hello\n")
    (folder / "page.safetensors").write_text("<!DOCTYPE html><html></html>")
    (folder / "empty.safetensors").write_bytes(b"")
    (folder / "folder").mkdir()
    return {
        "new.pth": "new.pth does not say which network its weights are for; give --network",
        "whole.pt": "hold a whole network or other objects, a pickle, which is never opened",
        "old.pt": "old.pt does not say which network its weights are for; give --network",
        "x.pkl": "is a pickle",
        "keras.h5": "HDF5",
        "m.onnx": "an ONNX model, a network with its weights; 5x5 explain FILE.onnx explains it",
        "z.zip": "a zip archive; unpack it",
        "t.txt": "is a text",
        "page.safetensors": "a page of the web",
        "empty.safetensors": "is empty",
        "folder": "is not a run folder",
    }


@pytest.mark.parametrize("command", ["explain", "evaluate", "export"])
def test_a_file_that_is_no_model_is_named(call: Call, tmp_path: Path, command: str) -> None:
    for name, said in files_of_others(tmp_path).items():
        given = {
            "explain": ("explain", "--model", name),
            "evaluate": ("evaluate", name),
            "export": ("export", name, "--to", "onnx", "--out", "out.onnx"),
        }
        assert said in expect_sentence(call(*given[command])), name


class Opens:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.canary), "w")


def test_a_pickle_is_never_opened(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(pickle.dumps(Opens(tmp_path / "canary")))
    torch.save(Opens(tmp_path / "canary"), tmp_path / "bad.pt")
    for name in ("bad.pth", "bad.pt"):
        said = expect_sentence(call("explain", "--model", name))
        assert "a pickle, which is never opened here, for it can run code; save the weights alone" in said
    assert not (tmp_path / "canary").exists()


def test_weights_of_other_programs_are_compared_by_name(call: Call, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(code())
    own = {"fc.weight": torch.zeros(10, 784), "fc.bias": torch.zeros(10)}
    others = {
        "the file lacks fc.bias, fc.weight, and it has what.fc": {f"what.{n}": v for n, v in own.items()},
        "the file lacks fc.bias": {"fc.weight": own["fc.weight"]},
        "x0, x1, x2 and 4 more, which": own | {f"x{n}": torch.zeros(1) for n in range(7)},
        "for 7 classes, and the network is made for 10": {"fc.weight": torch.zeros(7, 784), "fc.bias": torch.zeros(7)},
    }
    for said, tensors in others.items():
        save_file(tensors, tmp_path / "x.safetensors")
        line = expect_sentence(call("explain", "--network", "net.py:Net", "--model", "x.safetensors"))
        assert said in line


UNEXPORTABLE = {
    "an if": ("        x = x * 2 if x.sum() > 0 else x\n" + FORWARD, "depends on the values", "x.sum() > 0"),
    "no operation": (
        "        e = torch.linalg.eigvals(x[:, 0, :4, :4]).real.sum()\n        return self.fc(x.flatten(1)) + e",
        "no operation for linalg_eig",
        None,
    ),
}


@pytest.mark.parametrize("name", UNEXPORTABLE)
def test_what_onnx_cannot_do_is_one_sentence_and_a_line(call: Call, tmp_path: Path, name: str) -> None:
    forward, said, line = UNEXPORTABLE[name]
    (tmp_path / "net.py").write_text(code(forward=forward))
    save_file({"fc.weight": torch.zeros(10, 784), "fc.bias": torch.zeros(10)}, tmp_path / "x.safetensors")
    code_, out, err = call("export", "x.safetensors", "--network", "net.py:Net", "--to", "onnx", "--out", "x.onnx")
    first, *more = err.splitlines()
    assert (code_, out) == (1, "")
    assert said in first
    assert "\\x1b" not in err
    assert line is None or any(line in text for text in more)
    assert all(text.startswith("  ") and "fivebyfive" not in text for text in more)
    assert not (tmp_path / "x.onnx").exists()


def test_names_that_are_nearly_right_are_asked_after(call: Call, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(code())
    for given, meant in (
        (("trian",), "train"),
        (("train", "--epslion", "3"), "--epsilon"),
        (("train", "conv_nt", "--samples", "999"), "conv_net"),
        (("train", "--recipe", "godo"), "good"),
        (("evaluate", "conv_nt"), "conv_net"),
        (("explain", "--network", "net.py:Nett"), "Net?"),
    ):
        assert meant in expect_sentence(call(*given))


def test_nothing_shown_to_people_says_unexpected() -> None:
    """But for the words of others that are replaced, and a kind of answer between two processes."""
    allowed = {"causes.py", "calls.py", "limits.py", "worker.py", "computer.py"}
    for file in Path(fivebyfive.__file__).parent.rglob("*.py"):
        tree = ast.parse(file.read_text())
        documents = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }
        texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        said = [text for text in texts if "unexpected" in text.lower() and text not in documents]
        assert not said or file.name in allowed, file
