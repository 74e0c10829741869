"""Encoding and line ends of a text file, detected from all its bytes, and conversion to UTF-8."""

import codecs
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clvlab.data.sql import first_line
from clvlab.errors import InputError
from clvlab.notes import Note

_CHUNK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
# A file in UTF-8 with a broken character here and there is still one in UTF-8.
BROKEN = 0.05  # at most this share of the characters beyond ASCII


@dataclass(frozen=True)
class Text:
    """A text file that DuckDB can read.

    Attributes
    ----------
    path : Path
        Of the file itself, or of its copy in UTF-8.
    head : str
        Its first lines.
    notes : tuple of Note
    """

    path: Path
    head: str
    notes: tuple[Note, ...]


@dataclass
class _Seen:
    """What all the bytes of a file tell."""

    head: bytes = b""
    utf8: bool = True
    sound: int = 0  # characters of several bytes, as UTF-8 writes them
    broken: int = 0  # bytes that are none
    paired: int = 0  # bytes beyond ASCII that stand beside another
    alone: int = 0
    crlf: int = 0
    lf: int = 0
    cr: int = 0


def as_utf8(path: Path, folder: Path) -> Text:
    """The file, or a copy of it in UTF-8 with one kind of line end where it is written otherwise.

    Parameters
    ----------
    path : Path
        Of a text file, perhaps compressed (.gz).
    folder : Path
        Where a copy may be put.
    """
    seen = _look(path)
    encoding, notes = _encoding(path, seen)
    ends = sum(bool(n) for n in (seen.crlf, seen.lf, seen.cr))
    separator = re.match(rb"(\xef\xbb\xbf)?sep=.\r?\n", seen.head)
    if encoding == "utf-8" and ends < 2 and not separator and not seen.cr and seen.utf8:
        return Text(path, _decoded(seen.head, "utf-8-sig"), tuple(notes))
    copy = folder / "text.csv"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)(errors="replace")
    first = True
    with copy.open("w", encoding="utf-8", newline="") as file:
        carry = ""
        for chunk in (*_chunks(path), None):
            part = carry + decoder.decode(chunk or b"", final=chunk is None)
            carry = "\r" if chunk is not None and part.endswith("\r") else ""
            part = (part[:-1] if carry else part).replace("\r\n", "\n").replace("\r", "\n")
            if first and separator:
                part = part.partition("\n")[2]
            first = False
            file.write(part)
    with copy.open(encoding="utf-8", newline="") as file:
        return Text(copy, file.read(1 << 18), tuple(notes))


def _chunks(path: Path) -> Iterator[bytes]:
    opener = gzip.open if path.name.casefold().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (OSError, EOFError) as error:
        raise InputError(f"{path.name!r} cannot be uncompressed: {first_line(error)}") from None


def _look(path: Path) -> _Seen:
    seen = _Seen()
    rest = b""
    for chunk in _chunks(path):
        seen.head = seen.head or chunk[: 1 << 18]
        seen.crlf += chunk.count(b"\r\n")
        seen.lf += chunk.count(b"\n") - chunk.count(b"\r\n")
        seen.cr += chunk.count(b"\r") - chunk.count(b"\r\n")
        if chunk.endswith(b"\r"):
            seen.cr -= 1  # its line feed, if any, comes with the next chunk
            seen.crlf += 1
            seen.lf -= 1
        if chunk.isascii() and not rest:
            continue
        chunk = rest + chunk
        whole = chunk.rfind(b"\n") + 1 or len(chunk)
        rest = chunk[whole:]
        _weigh(chunk[:whole], seen)
    if rest:
        _weigh(rest, seen)
    seen.lf = max(seen.lf, 0)
    return seen


def _weigh(part: bytes, seen: _Seen) -> None:
    if part.isascii():
        return
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", part)]
    seen.alone += sum(n for n in runs if n == 1)
    seen.paired += sum(n for n in runs if n > 1)
    text = part.decode("utf-8", errors="replace")
    bad = text.count("\ufffd") - part.count("\ufffd".encode())
    seen.broken += bad
    seen.sound += sum(1 for letter in text if letter > "\x7f") - bad
    seen.utf8 &= bad == 0


def _encoding(path: Path, seen: _Seen) -> tuple[str, list[Note]]:
    """The encoding, and what a reader should know of it."""
    for bom, name in _BOMS:
        if seen.head.startswith(bom):
            return ("utf-8" if name == "utf-8-sig" else name), _damage(path, seen) if name == "utf-8-sig" else []
    even, odd = seen.head[:4000:2], seen.head[1:4000:2]
    for zeros, name in ((odd, "utf-16-le"), (even, "utf-16-be")):
        if len(zeros) > 3 and zeros.count(0) * 2 > len(zeros):
            return name, [Note("data.read_in_encoding", file=path.name, encoding=_NAMES[name])]
    if b"\0" in seen.head[:4096]:
        raise InputError(f"{path.name!r} is not text. Give it the ending of what it holds.")
    if seen.utf8 or seen.broken <= BROKEN * (seen.broken + seen.sound):
        return "utf-8", _damage(path, seen)
    # Chinese is written in pairs of bytes beyond ASCII; Western letters stand alone among plain ones.
    name = "cp1252"
    if seen.paired > 4 * seen.alone and _decodes(path, "gb18030"):
        name = "gb18030"
    elif not _decodes(path, "cp1252"):
        name = "latin-1"
    return name, [Note("data.read_in_encoding", file=path.name, encoding=_NAMES[name])]


def _damage(path: Path, seen: _Seen) -> list[Note]:
    return [Note("data.broken_characters", file=path.name, n=seen.broken)] if seen.broken else []


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(head: bytes, encoding: str) -> str:
    return head[: head.rfind(b"\n") + 1 or None].decode(encoding, errors="replace")
