"""What a program trained, kept in a run folder, so that it is not trained again for the next picture.

One file, ``program.safetensors``: the variables' values, the part of the graph that is the network, and the lines that
made it, beside the SHA-256 of the program and of what it imported from its folder. Found again, it is a stranger's: the
graph may hold nothing but operations that compute.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.program import Program
from fivebyfive.explain.source import Files
from fivebyfive.explain.sources.tensorflow import vetting
from fivebyfive.explain.sources.tensorflow.building import built, leading
from fivebyfive.explain.sources.tensorflow.graph import Known, Placed
from fivebyfive.explain.sources.tensorflow.lines import Tracebacks
from fivebyfive.explain.sources.tracebacks import Frame, Runs
from fivebyfive.files import make_folder, open_plain, write_atomically
from fivebyfive.networks.own_code import Code, digest, read_source
from fivebyfive.text import to_json

FORMAT = "fivebyfive program 1"
NAME = "program.safetensors"
MOST = 1000
"""Run folders of one program that are looked through."""


def kept(code: Code) -> Program | None:
    """The network of the program, as it ran here when it was what it is now; None where it did not."""
    for folder in reversed([folder for folder in _folders(code) if (folder / NAME).is_file()]):
        with suppress(
            OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, SafetensorError, InputError
        ):
            program = _read(folder, code)
            if program is not None:
                return program
    return None


def keep(
    code: Code, imported: Sequence[Path], output: Any, inputs: Sequence[Any], known: Mapping[str, Known]
) -> Path | None:
    """Keep what the program trained in the next free folder of ``runs/``; None where nothing can be written."""
    from tensorflow.python.framework.graph_util_impl import extract_sub_graph

    operations = leading([output], known)
    tracebacks = Tracebacks(operations)
    definition = extract_sub_graph(output.graph.as_graph_def(), [output.op.name]).SerializeToString()
    about = {
        "format": FORMAT,
        "sources": {str(path): digest(read_source(path)) for path in (code.path, *imported)},
        "output": output.name,
        "inputs": [tensor.name for tensor in inputs],
        "known": [[tensor, constant.name, constant.learned] for tensor, constant in known.items()],
        "lines": {op.name: tracebacks.said(op) for op in operations},
    }
    values = {f"known/{i}": np.ascontiguousarray(constant.value) for i, constant in enumerate(known.values())}
    data = save(values | {"graph": np.frombuffer(definition, np.uint8)}, {"fivebyfive": to_json(about)})
    folder = next((folder for folder in _folders(code) if not folder.exists()), None)
    if folder is None:
        return None
    try:
        make_folder(folder)
        write_atomically(folder / NAME, lambda file: file.write_bytes(data))
    except (Failure, InputError):
        return None  # it is explained all the same
    return folder


def _folders(code: Code) -> Iterator[Path]:
    return (Path("runs") / f"{code.path.stem}-{number}" for number in range(1, MOST))


def _read(folder: Path, code: Code) -> Program | None:
    from tensorflow.core.framework.graph_pb2 import GraphDef
    from tensorflow.python.framework import importer, ops

    with open_plain(folder / NAME), safe_open(folder / NAME, "numpy") as file:
        about = json.loads((file.metadata() or {})["fivebyfive"])
        if about["format"] != FORMAT or not _is_unchanged(about["sources"], code):
            return None
        definition = GraphDef.FromString(file.get_tensor("graph").tobytes())
        vetting.expect_pure(definition, folder / NAME)
        values = [file.get_tensor(f"known/{i}") for i in range(len(about["known"]))]
    graph = ops.Graph()
    with graph.as_default():
        importer.import_graph_def(definition, name="")
    known = {
        str(tensor): Known(str(name), value, bool(learned))
        for (tensor, name, learned), value in zip(about["known"], values, strict=True)
    }
    tensors = [graph.get_tensor_by_name(str(name)) for name in (*about["inputs"], about["output"])]
    runs = Runs(Files())
    lines = {name: _placed(said, runs) for name, said in about["lines"].items()}
    note = f"What the program trained was kept in {folder}; delete that folder to train it again."
    return built(
        code.path.stem,
        tensors[-1:],
        tensors[:-1],
        known,
        lambda read: [lines.get(op.name, ((), (), ())) for op in read.made_by],
        notes=(note,),
    )


def _is_unchanged(sources: Mapping[str, str], code: Code) -> bool:
    if str(code.path) not in sources:
        return False
    now = {name: code.sources.get(Path(name)) or read_source(Path(name)) for name in sources}
    return {name: digest(source) for name, source in now.items()} == sources


def _placed(said: Sequence[Any], runs: Runs) -> Placed:
    frames, before = said
    way = [Frame(str(file), int(line), str(function), "") for file, line, function in frames]
    lines = tuple(runs.line(tuple(way[: i + 1])) for i in range(len(way)))
    return lines, tuple(int(i >= before) for i in range(len(lines))), ()
