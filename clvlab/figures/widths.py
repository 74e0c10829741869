"""A font with only the widths of Chinese, Japanese and Korean characters, each drawn as a box.

Text of a figure is set by the reader's browser, with the reader's own fonts. To lay a figure out matplotlib must know
how wide the text will be, also on a server without a font that has the characters: each is one em wide. A map of many
characters to one glyph keeps the font below a kilobyte. ``python -m clvlab.figures.widths`` makes it again.
"""

from pathlib import Path

FAMILY = "clvlab widths"
FILE = Path(__file__).with_name("widths.ttf")
EM = 1000
# Radicals and punctuation; kana, bopomofo and signs; ideographs; Hangul; compatible and full-width forms.
WIDE = ((0x2E80, 0x303F), (0x3041, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE4F),
        (0xFF01, 0xFF60), (0xFFE0, 0xFFE6))  # fmt: skip


def make(path: Path) -> None:
    """Write the font."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "wide"])
    many_to_one = CmapSubtable.newSubtable(13)
    many_to_one.platformID, many_to_one.platEncID, many_to_one.language = 3, 10, 0
    many_to_one.cmap = {code: "wide" for first, last in WIDE for code in range(first, last + 1)}
    builder.setupCharacterMap({WIDE[0][0]: "wide"})
    builder.font["cmap"].tables = [many_to_one]
    pen = TTGlyphPen(None)
    for corners in (((60, 800), (940, 800), (940, -80), (60, -80)), ((110, -30), (890, -30), (890, 750), (110, 750))):
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "wide": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (EM, 0), "wide": (EM, 60)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular"})
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    builder.save(path)


if __name__ == "__main__":
    make(FILE)
