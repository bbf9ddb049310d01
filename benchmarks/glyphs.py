"""How `src/fivebyfive/datasets/written/glyphs.png` was made: digits, letters and marks of fonts that Debian ships.

A row a font, a column a character of `fonts.CHARACTERS`, each as ink in black and white with its longer side `CELL`
pixels. Fonts whose licence says nothing of what is printed with them are not among them.

    apt-get install fonts-dejavu fonts-hack fonts-lato …   # each family's package stands in `FAMILIES`
    python benchmarks/glyphs.py glyphs.png                 # prints the fonts, in the order of the rows
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fivebyfive.datasets.written.fonts import CELL, CHARACTERS
from fivebyfive.datasets.written.masks import Mask, cut, resized

FONTS = Path("/usr/share/fonts")
FAMILIES = {
    "fonts-dejavu-core": "truetype/dejavu/DejaVu{Sans,Sans-Bold,Serif,Serif-Bold,SansMono}.ttf",
    "fonts-hack": "truetype/hack/Hack-{Regular,BoldItalic}.ttf",
    "fonts-lato": "truetype/lato/Lato-{Light,Regular,Bold,Italic}.ttf",
    "fonts-inconsolata": "truetype/inconsolata/Inconsolata.otf",
    "fonts-comfortaa": "truetype/comfortaa/Comfortaa-{Regular,Light,Bold}.ttf",
    "fonts-open-sans": "truetype/open-sans/OpenSans-{Regular,Bold,CondensedLight,Italic,Light}.ttf",
    "fonts-cantarell": "opentype/cantarell/Cantarell-{Regular,Bold,Light}.otf",
    "fonts-roboto-unhinted": "truetype/roboto/unhinted/RobotoTTF/Roboto-{Regular,Bold,MediumItalic}.ttf",
    "fonts-courier-prime": "opentype/courier-prime/Courier Prime{, Bold, Italic}.otf",
    "fonts-century-catalogue": "truetype/fonts-century-catalogue/*.ttf",
    "fonts-dosis": "opentype/dosis/Dosis-{Regular,Bold,Medium}.otf",
    "fonts-go": "fonts-go/Go-{Regular,Bold,Mono,Italic,Smallcaps}.ttf",
    "fonts-fantasque-sans": "opentype/fantasque-sans/Normal/OTF/FantasqueSansMono-{Regular,Bold}.otf",
    "fonts-sil-gentium-basic": "truetype/gentium-basic/Gen*.ttf",
    "fonts-ocr-a": "truetype/ocr-a/OCRA*.ttf",
    "fonts-dkg-handwriting": "truetype/fifthhorseman/dkg*.ttf",
    "fonts-humor-sans": "truetype/humor-sans/Humor-Sans.ttf",
    "fonts-breip": "truetype/breip/Breip.ttf",
    "fonts-bwht": "opentype/bwht/BecauseWe*.otf",
    "fonts-dseg": "truetype/dseg/DSEG7Classic-{Regular,BoldItalic,Light}.ttf",
}
SIZE = 120
"""Pixels of a font's em, before a glyph is brought to its size."""


def files(pattern: str) -> list[Path]:
    """What `pattern` stands for, with one {choice,of,words} in it or none."""
    before, _, rest = pattern.partition("{")
    choices, _, after = rest.partition("}")
    names = [before + choice + after for choice in choices.split(",")]
    return sorted({path for name in names for path in FONTS.glob(name)})


def glyph(font: ImageFont.FreeTypeFont, character: str) -> Mask:
    """A character as ink, CELL pixels along its longer side."""
    sheet = Image.new("L", (4 * SIZE, 3 * SIZE))
    ImageDraw.Draw(sheet).text((SIZE, SIZE // 2), character, 255, font)
    return resized(cut(np.asarray(sheet) > 127), CELL)


def row(path: Path) -> np.ndarray:
    """All characters of a font, [CELL, CELL · characters]; blank where one would look like a digit."""
    font = ImageFont.truetype(str(path), SIZE)
    cells = np.zeros((CELL, CELL * len(CHARACTERS)), bool)
    for i, character in enumerate(CHARACTERS):
        if ("DSEG" in path.name and not character.isdigit()) or ("OCRA" in path.name and character == ","):
            continue  # it would look like a digit
        mask = glyph(font, character)
        cells[: mask.shape[0], i * CELL : i * CELL + mask.shape[1]] = mask
    return cells


def main() -> None:
    paths = [path for pattern in FAMILIES.values() for path in files(pattern)]
    Image.fromarray(np.vstack([row(path) for path in paths])).save(sys.argv[1], optimize=True)
    print(*(path.stem for path in paths), sep=", ")


if __name__ == "__main__":
    main()
