"""Look up text by key: ``customer_value.answer.base_is_worth`` is in ``customer_value.toml``, under ``[answer]``."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from clvlab.extensions import load_extensions

Plural = Mapping[str, str]
Entry = str | Plural | list[object]

_more: dict[str, list[Path]] = {}


class WordsError(LookupError):
    """A key that is not in the catalogue, a value not given, or a language without a catalogue."""

    def __str__(self) -> str:
        """Show the message as written."""
        return str(self.args[0]) if self.args else ""


class Catalogue:
    """The entries of one language, by key.

    Examples
    --------
    >>> catalogue("en")["report.contents"]
    'Contents'
    >>> "report.contents" in catalogue("en"), "report.contnets" in catalogue("en")
    (True, False)
    """

    def __init__(self, language: str, entries: Mapping[str, Entry]) -> None:
        self.language, self.entries = language, entries

    def __getitem__(self, key: str) -> Entry:
        """The entry: text, its plural forms, or a list."""
        if key not in self.entries:
            near = get_close_matches(key, self.entries, n=3)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise WordsError(
                f"The catalogue {self.language!r} has no {key!r}.{hint} Add it to {key.partition('.')[0]}.toml."
            )
        return self.entries[key]

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.entries))

    def text(self, key: str) -> str:
        """An entry that is plain text."""
        found = self[key]
        if not isinstance(found, str):
            raise WordsError(f"{key!r} is not plain text; it is {found!r}.")
        return found

    def texts(self, key: str) -> list[str]:
        """An entry that is a list of texts."""
        found = self[key]
        if not isinstance(found, list):
            raise WordsError(f"{key!r} is not a list; it is {found!r}.")
        return [str(each) for each in found]


def languages() -> list[str]:
    """Codes of the languages that have a catalogue.

    >>> "en" in languages()
    True
    """
    return sorted(
        _own() | {code for code, folders in _more.items() if any((f / "report.toml").is_file() for f in folders)}
    )


@cache
def _own() -> frozenset[str]:
    folders = files("clvlab.words").iterdir()
    return frozenset(folder.name for folder in folders if folder.joinpath("report.toml").is_file())


def catalogue(language: str) -> Catalogue:
    """The catalogue of a language.

    Raises
    ------
    WordsError
        There is none.
    """
    if language not in languages():
        load_extensions()
    if language not in languages():
        raise WordsError(f"There is no catalogue for the language {language!r}. There is: {', '.join(languages())}.")
    return _read(language, tuple(_more.get(language, ())))


def register_words(language: str, folder: str | Path) -> None:
    """Read more words of a language, or a language of one's own, from a folder of TOML files like ``words/en``.

    Parameters
    ----------
    language : str
        Its code, such as ``"fr"``. A language of its own needs every file that ``en`` has.
    folder : path
        Entries there take precedence.

    Raises
    ------
    WordsError
        No such folder.
    """
    path = Path(folder)
    if not path.is_dir():
        raise WordsError(f"There is no folder {folder} to read words of {language!r} from.")
    if path not in _more.setdefault(language, []):
        _more[language].append(path)


def forget_words(language: str, folder: str | Path) -> None:
    """Undo ``register_words``."""
    _more[language].remove(Path(folder))


@cache
def _read(language: str, more: tuple[Path, ...]) -> Catalogue:
    entries: dict[str, Entry] = {}
    folders: list[Traversable] = [files("clvlab.words").joinpath(language), *more]
    for folder in folders:
        if folder.is_dir():
            for file in folder.iterdir():
                if file.name.endswith(".toml"):
                    told = tomllib.loads(file.read_text(encoding="utf-8"))
                    entries.update(_flat(told, file.name.removesuffix(".toml")))
    return Catalogue(language, entries)


def _flat(table: Mapping[str, object], prefix: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict) and not set(value) <= {"one", "other"}:
            found |= _flat(value, key)
        elif isinstance(value, str | list | dict):
            found[key] = value
        else:
            raise WordsError(f"{key!r} must be text, a list, or a table of one and other; found {value!r}.")
    return found
