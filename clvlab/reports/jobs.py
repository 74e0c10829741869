"""What is asked of one notebook, and what it reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clvlab.data.sources.address import is_database
from clvlab.errors import InputError
from clvlab.reports import manifest
from clvlab.reports.declared import Parameter
from clvlab.reports.gates import Gate
from clvlab.reports.shapes import InputRecord


@dataclass(frozen=True)
class Job:
    """One notebook with what was asked of it.

    Parameters
    ----------
    path : Path
        The notebook.
    declared : sequence of Parameter
        What its parameters cell declares.
    given : mapping
        Values of parameters.
    asked : sequence of str
        Languages asked for.
    name : str
        Name of its page.
    segment : str, optional
        Which segment it is repeated for, as a reader is told.
    gates : sequence of Gate
        What its page is judged by.
    of : str, optional
        The report of a plan that it is a segment of.
    """

    path: Path
    declared: Sequence[Parameter]
    given: Mapping[str, object]
    asked: Sequence[str]
    name: str
    segment: str | None = None
    gates: Sequence[Gate] = field(default_factory=tuple)
    of: str | None = None

    @property
    def report(self) -> str:
        """The report of a plan it belongs to."""
        return self.of or self.name

    @property
    def parameters(self) -> dict[str, object]:
        """All parameters in force: those given, else the defaults."""
        return {p.name: self.given.get(p.name, p.default) for p in self.declared}

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages its pages are made in: those asked for, or the one its own parameter sets."""
        own = self.parameters.get("language")
        return tuple(self.asked) if own is None or own in self.asked else (str(own),)

    @property
    def seeds(self) -> dict[str, object]:
        """Parameters that seed random draws."""
        return {k: v for k, v in self.parameters.items() if k == "seed" or k.startswith("seed_") or k.endswith("_seed")}

    def by_name(self) -> dict[str, object]:
        """Parameters as a page may show them: a file or folder by its name, since paths are nobody's business."""
        files = {each.name for each in self.declared if "File" in each.type or "Folder" in each.type}
        return {
            name: Path(value).name if name in files and isinstance(value, str) and "://" not in value else value
            for name, value in self.parameters.items()
        }

    def inputs(self) -> list[InputRecord]:
        """What is known of every file a parameter names, or of a folder's.

        Raises
        ------
        InputError
            One cannot be read.
        """
        found: list[InputRecord] = []
        for name, path in self._paths():
            try:
                found += [manifest.describe_input(each) | {"parameter": name} for each in _files(path)]
            except OSError as error:
                raise InputError(
                    f"{path.name}, which {name} names, cannot be read: {error.strerror or error}. Give the account "
                    "that runs reports the right to read it, or name another file."
                ) from error
            except Exception as error:  # a Parquet header that is none
                raise InputError(f"{path.name}, which {name} names, cannot be read: {error}") from error
        return found

    def stamps(self) -> list[tuple[str, int, int]]:
        """Name, size and time of change of every input file: whether one changed while it was read."""
        files = [each for _, path in self._paths() for each in _files(path)]
        return [(str(each), each.stat().st_size, each.stat().st_mtime_ns) for each in files]

    def _paths(self) -> Iterator[tuple[str, Path]]:
        """Files and folders that parameters name."""
        for parameter in self.declared:
            value = self.parameters.get(parameter.name)
            named = isinstance(value, str) and ("File" in parameter.type or "Folder" in parameter.type)
            if named and "://" not in str(value) and not is_database(str(value)):
                yield parameter.name, Path(str(value))

    def reads_elsewhere(self) -> bool:
        """Whether it reads a database or another address, which may have changed without a trace here."""
        return any(
            isinstance(value, str) and ("://" in value or is_database(value)) for value in self.parameters.values()
        )


def _files(path: Path) -> list[Path]:
    return [each for each in (sorted(path.iterdir()) if path.is_dir() else [path]) if each.is_file()]
