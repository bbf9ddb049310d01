"""``FILE.py`` alone means the network in it, where there is no doubt which; the file is read for that, and not run."""

from pathlib import Path

import pytest

from fivebyfive.errors import InputError
from fivebyfive.networks import in_file
from fivebyfive.networks.spec import parse

NET = "class Net(nn.Module):\n    def __init__(self):\n        self.block = Block()\n"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("class Net(nn.Module): pass", "Net"),
        ("class Net(torch.nn.Module): pass\nclass Data(Dataset): pass", "Net"),
        ("class Block(nn.Module): pass\n" + NET, "Net"),
        ("class Net(pl.LightningModule): pass\nraise SystemExit", "Net"),
    ],
)
def test_the_only_network_is_meant(tmp_path: Path, source: str, name: str) -> None:
    file = tmp_path / "net.py"
    file.write_text(source)
    assert in_file.named(f"{file}*3") == parse(f"{file}:{name}*3")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("class A(nn.Module): pass\nclass B(A): pass", "several networks, A, B; name one of them: .*net.py:B"),
        ("def make(): ...", "defines no class of torch.nn.Module; name what makes the network: .*net.py:NAME"),
        ("class A(B): pass\nclass B(A): pass", "defines no class"),
        ("class Net(", "line 1: .*; mend the file's syntax"),
        ("\0", "net.py"),
    ],
)
def test_what_is_in_doubt_is_asked(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "net.py").write_text(source)
    with pytest.raises(InputError, match=said):
        in_file.named(str(tmp_path / "net.py"))


def test_all_other_names_are_what_they_are() -> None:
    assert in_file.named("quick*2") == parse("quick*2")
    with pytest.raises(InputError, match="does not exist"):
        in_file.named("nosuch.py")
    with pytest.raises(InputError, match="invisible"):
        in_file.named("a\0.py")
