"""A SavedModel's folder: its graph is looked at before TensorFlow sees it, and explained without any code."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources.listing import Listing
from fivebyfive.explain.sources.tensorflow import functions, importing, vetting
from fivebyfive.explain.sources.tensorflow.graph import Placed, Read
from fivebyfive.files import expect_no_links, open_plain

FILE = "saved_model.pb"
MOST = 2 << 30
SIGNATURE = "serving_default"
NOISE = ("StatefulPartitionedCall", "PartitionedCall")


def read(folder: Path) -> Program:
    """The network in a SavedModel's folder.

    Raises:
        InputError: it is none, it is damaged, or an operation in it may do more than compute.
    """
    tf = importing.tensorflow()
    expect_no_links(folder)
    for meta in _meta_graphs(folder):
        vetting.expect_pure(meta.graph_def, folder / FILE, vetting.CHECKPOINT)
    try:
        loaded = tf.saved_model.load(str(folder))
    except Exception as error:  # what is damaged may be refused in any way
        raise InputError(f"{folder} cannot be loaded ({' '.join(str(error).split())[:300]})") from None
    signatures = getattr(loaded, "signatures", {})
    if not signatures:
        return functions.program(loaded)
    name = SIGNATURE if SIGNATURE in signatures else next(iter(signatures))
    return _listed(signatures[name], folder, loaded)


def _meta_graphs(folder: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    try:
        with open_plain(folder / FILE) as file:
            data = file.read(MOST)
        found = SavedModel.FromString(data).meta_graphs
    except (OSError, DecodeError) as error:
        raise InputError(f"{folder / FILE} cannot be read ({error}); it is damaged, or no SavedModel") from None
    if not found:
        raise InputError(f"{folder / FILE} holds no graph; write it with tf.saved_model.save")
    return found


def _listed(concrete: Any, folder: Path, loaded: Any) -> Program:
    """With a listing in place of code: a line for each operation, by its readable name."""
    listing, used = Listing(folder.name), set[str]()

    def placing(read: Read) -> list[Placed]:
        paths = [_path(op.name, used) for op in read.made_by]
        called = {name: path for node, path in zip(read.nodes, paths, strict=True) for name in node.outputs}
        lines = [
            listing.add([path], node.op, [called.get(name, _path_of(name)) for name in node.inputs])
            for node, path in zip(read.nodes, paths, strict=True)
        ]
        return [((line,), (), (path,)) for line, path in zip(lines, paths, strict=True)]

    given = ", ".join(tensor.op.name for tensor in concrete.graph.inputs if tensor.dtype.name != "resource")
    begin = listing.line(f"{given} = ...  # what is given")
    program = functions.of_concrete(concrete, folder.name, loaded, placing)
    texts = {folder.name: listing.text()}
    program.graph = replace(program.graph, texts=texts, ends=(begin, program.graph.nodes[-1].lines[-1]))
    return program


def _path_of(name: str) -> str:
    """An operation's name without the functions that it stands in, and without a value's number."""
    parts = [part for part in name.partition(":")[0].split("/") if not part.startswith(NOISE)]
    return ".".join(parts) or name.replace("/", ".")


def _path(name: str, used: set[str]) -> str:
    path = _path_of(name)
    while path in used:
        path += "_"
    used.add(path)
    return path
