"""Printed digits: which of Debian's fonts a reader may be taught, and which are kept apart to measure it.

A family is in one group only, with the families drawn from it or after it: Liberation, FreeFont and Nimbus are all
Helvetica, Times and Courier, Carlito is Lato, Hack is DejaVu. ``taught`` may be learned and tuned on; ``apart`` is only
ever measured. Nothing of a font is in this repository: the files come from Debian's packages, whose licences allow any
use of what they print. Each family below says its package and licence (as `/usr/share/doc/PACKAGE/copyright` has it).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path("/usr/share/fonts")


@dataclass(frozen=True)
class Family:
    """A family of fonts.

    Attributes:
        package: Debian's, without "fonts-".
        files: a pattern in `FOLDER`; all that fits belongs to the family.
        use: what the letters look like: "printed", "hand" (after somebody's handwriting) or "display" (seven segments).
    """

    name: str
    package: str
    licence: str
    files: str
    use: str = "printed"


OFL, GPL_FONT = "OFL-1.1", "GPL with font exception"

FAMILIES = {
    "taught": (
        Family("DejaVu", "dejavu-core", "Bitstream Vera", "truetype/dejavu/DejaVu*.ttf"),
        Family("Hack", "hack", "Expat and Bitstream Vera", "truetype/hack/Hack-*.ttf"),
        Family("Liberation", "liberation", "GPL-2 with font exception", "truetype/liberation/Liberation*.ttf"),
        Family("FreeFont", "freefont-ttf", "GPL-3+ with font exception", "truetype/freefont/Free*.ttf"),
        Family("Lato", "lato", OFL, "truetype/lato/Lato-[BMRLI]*.ttf"),
        Family("Carlito", "crosextra-carlito", OFL, "truetype/crosextra/Carlito-*.ttf"),
        Family("Inconsolata", "inconsolata", "OFL-1.0", "truetype/inconsolata/Inconsolata.otf"),
        Family("Comfortaa", "comfortaa", OFL, "truetype/comfortaa/Comfortaa-*.ttf"),
        Family("Open Sans", "open-sans", "Apache-2.0", "truetype/open-sans/OpenSans-*.ttf"),
        Family("Cantarell", "cantarell", OFL, "opentype/cantarell/Cantarell-[BLR]*.otf"),
        Family("Roboto", "roboto-unhinted", "Apache-2.0", "truetype/roboto/unhinted/**/Roboto*-[BMR]*.ttf"),
        Family("Courier Prime", "courier-prime", OFL, "opentype/courier-prime/Courier Prime*.otf"),
        Family("Century Catalogue", "century-catalogue", "OFL-1.0", "truetype/fonts-century-catalogue/*.ttf"),
        Family("Dosis", "dosis", OFL, "opentype/dosis/Dosis-[BMRS]*.otf"),
        Family("Go", "go", "BSD-3-clause", "fonts-go/Go-*.ttf"),
        Family("Fantasque", "fantasque-sans", OFL, "opentype/fantasque-sans/Normal/OTF/FantasqueSansMono-*.otf"),
        Family("Gentium", "sil-gentium-basic", OFL, "truetype/gentium-basic/Gen*.ttf"),
        Family("OCR A", "ocr-a", "public domain", "truetype/ocr-a/OCRA*.ttf"),
        Family("DKG", "dkg-handwriting", OFL, "truetype/fifthhorseman/dkg*.ttf", "hand"),
        Family("Humor Sans", "humor-sans", OFL, "truetype/humor-sans/Humor-Sans.ttf", "hand"),
        Family("Breip", "breip", "OFL-1.0", "truetype/breip/Breip.ttf", "hand"),
        Family("Steve Hand", "sjfonts", GPL_FONT, "truetype/sjfonts/SteveHand.ttf", "hand"),
        Family("Because", "bwht", OFL, "opentype/bwht/BecauseWe*.otf", "hand"),
        Family("Purisa", "tlwg-purisa-ttf", GPL_FONT, "truetype/tlwg/Purisa*.ttf", "hand"),
        Family("DSEG7 Classic", "dseg", OFL, "truetype/dseg/DSEG7Classic*.ttf", "display"),
    ),
    "apart": (
        Family("Linux Libertine", "linuxlibertine", OFL, "opentype/linux-libertine/LinLibertine_[RD]*.otf"),
        Family("Linux Biolinum", "linuxlibertine", OFL, "opentype/linux-libertine/LinBiolinum_R*.otf"),
        Family("Fira Code", "firacode", OFL, "truetype/firacode/FiraCode-*.ttf"),
        Family("Quicksand", "quicksand", OFL, "truetype/quicksand/Quicksand-*.ttf"),
        Family("Schoolbook", "urw-base35", "AGPL-3 with font exception", "opentype/urw-base35/C059-*.otf"),
        Family("Palladio", "urw-base35", "AGPL-3 with font exception", "opentype/urw-base35/P052-*.otf"),
        Family("Bookman", "urw-base35", "AGPL-3 with font exception", "opentype/urw-base35/URWBookman-*.otf"),
        Family("Gothic", "urw-base35", "AGPL-3 with font exception", "opentype/urw-base35/URWGothic-*.otf"),
        Family("Caladea", "crosextra-caladea", OFL, "truetype/crosextra/Caladea-*.ttf"),
        Family("Andika", "sil-andika", OFL, "truetype/andika/Andika-*.ttf"),
        Family("Jura", "jura", OFL, "opentype/jura/Jura-[BMRS]*.otf"),
        Family("GNU Typewriter", "gnutypewriter", OFL, "truetype/gnutypewriter/GNUTypewriter.ttf"),
        Family("OCR B", "ocr-b", "public domain", "opentype/ocr-b/OCRB.otf"),
        Family("Cabin", "cabin", OFL, "opentype/cabin/Cabin-*.otf"),
        Family("Karla", "karla", OFL, "truetype/karla/Karla-*.otf"),
        Family("Play", "play", OFL, "truetype/play/Play-*.ttf"),
        Family("Tuffy", "tuffy", "public domain", "truetype/tuffy/Tuffy*.ttf"),
        Family("B612", "b612", OFL, "opentype/b612/B612*.otf"),
        Family("OSP DIN", "opendin", OFL, "truetype/opendin/OSP-DIN.ttf"),
        Family("Inter", "inter", OFL, "opentype/inter/Inter-[BMRS]*.otf"),
        Family("Dancing Script", "dancingscript", OFL, "opentype/dancingscript/DancingScript-*.otf", "hand"),
        Family("Rufscript", "rufscript", "GPL-3 with font exception", "truetype/rufscript/Rufscript010.ttf", "hand"),
        Family("Comic Neue", "comic-neue", OFL, "opentype/comic-neue/ComicNeue-*.otf", "hand"),
        Family("Chilanka", "smc-chilanka", OFL, "opentype/malayalam/Chilanka-Regular.otf", "hand"),
        Family("Yusei Magic", "yusei-magic", OFL, "truetype/yusei-magic/YuseiMagic-Regular.ttf", "hand"),
        Family("Klee", "klee", OFL, "truetype/klee/KleeOne-*.ttf", "hand"),
        Family("DSEG7 Modern", "dseg", OFL, "truetype/dseg/DSEG7Modern*.ttf", "display"),
    ),
}


class FontsMissing(Exception):
    """Debian's packages that are not installed, and the command that installs them."""


@cache
def files(group: str, *uses: str) -> tuple[tuple[Path, ...], ...]:
    """The fonts of `group` ("taught" or "apart") for any of `uses`, a tuple of files for each family.

    Raises:
        FontsMissing: some package is not installed.
    """
    found = {family: tuple(sorted(FOLDER.glob(family.files))) for family in FAMILIES[group] if family.use in uses}
    missing = sorted({f"fonts-{family.package}" for family, paths in found.items() if not paths})
    if missing:
        raise FontsMissing(f"printed digits need Debian's fonts: apt-get install {' '.join(missing)}")
    return tuple(found.values())


def check() -> None:
    """All that any set needs is installed.

    Raises:
        FontsMissing: some package is not.
    """
    for group in FAMILIES:
        files(group, "printed", "hand", "display")
