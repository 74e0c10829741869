"""The shapes of what reports read and write: notebooks as nbformat reads them, and the records of the manifest."""

from typing import TYPE_CHECKING, Literal, NotRequired, Protocol, TypedDict

if TYPE_CHECKING:  # pages are heavy to import
    from clvlab.pages.exhibits.codec import JSON


class Tags(TypedDict, total=False):
    """What is read of a cell's metadata."""

    tags: list[str]


class Output(Protocol):
    """What a cell showed: content by MIME type."""

    data: dict[str, object]

    def get(self, key: Literal["data", "metadata"], default: dict[str, object], /) -> dict[str, object]:
        """The content, or what is said about it."""
        ...

    def __contains__(self, key: object, /) -> bool: ...


class Cell(Protocol):
    """A cell; of ``outputs`` a cell of text has none."""

    cell_type: str
    source: str
    metadata: Tags
    outputs: list[Output]

    def get(self, key: Literal["outputs"], default: list[Output], /) -> list[Output]:
        """The outputs, where there are any."""
        ...


class Notebook(Protocol):
    """A notebook, executed or not."""

    cells: list[Cell]
    metadata: "dict[str, JSON]"


class InputRecord(TypedDict):
    """An input file; ``parameter`` named it."""

    name: str
    bytes: int
    sha256: str
    rows: int | None
    parameter: NotRequired[str]


class AgeRecord(TypedDict, total=False):
    """How old the data were: days as text, and counts."""

    as_of: str | None
    first: str | None
    last: str | None
    rows: int | None
    customers: int | None


class NoticeRecord(TypedDict):
    """A banner."""

    level: str
    said: "JSON"


class ResultsRecord(TypedDict, total=False):
    """What is kept of the exhibits: the answer whole, the rest in plain."""

    answer: "JSON"
    freshness: AgeRecord
    notices: list[NoticeRecord]


class PreviousRecord(TypedDict, total=False):
    """Headline numbers of the last good run that asked the same question; empty where there was none."""

    when: str
    values: dict[str, float | None]


GateState = Literal["green", "amber", "red", "unknown"]


class GateRecord(TypedDict):
    """A gate: what was measured, from where on it is amber and red, and what it is."""

    gate: str
    value: float | None
    amber: float | None
    red: float | None
    state: GateState


class NotebookRecord(TypedDict):
    """What became of a notebook in a run.

    ``title`` and ``page`` are those of its first language, ``titles`` and ``pages`` those of each by its code.
    """

    notebook: str
    title: str
    started: str
    seconds: float
    exit_code: int
    message: str
    failure: "JSON"
    language: str
    pages: NotRequired[dict[str, str]]
    titles: NotRequired[dict[str, str]]
    parameters: dict[str, object]
    seeds: dict[str, object]
    inputs: list[InputRecord]
    results: ResultsRecord
    previous: PreviousRecord
    page: str | None
    page_bytes: NotRequired[int]
    files: list[str]
    path: NotRequired[str]
    segment: NotRequired[str]
    of: NotRequired[str]
    fingerprint: NotRequired[str]
    measured: NotRequired[dict[str, float]]
    gates: NotRequired[list[GateRecord]]
    peak_bytes: NotRequired[int]
    hidden: NotRequired[bool]


class RunRecord(TypedDict):
    """One call of ``clvlab report``; its exit code is None while it runs, and stays None where it was killed.

    ``side_by_side`` names the pages that set segments side by side, by report and language.
    """

    id: NotRequired[str]
    started: str
    seconds: float
    exit_code: int | None
    message: NotRequired[str]
    versions: dict[str, str]
    commit: str | None
    not_run: list[str]
    unchanged: NotRequired[list[str]]
    side_by_side: NotRequired[dict[str, dict[str, str]]]
    notebooks: list[NotebookRecord]


class PastRecord(TypedDict):
    """What is kept of a good run for ever: its headline numbers."""

    notebook: str
    started: str
    parameters: dict[str, object]
    freshness: AgeRecord
    values: dict[str, float | None]


class Manifest(TypedDict):
    """``manifest.json``; ``names`` are the files of this edition."""

    format: int
    names: list[str]
    runs: list[RunRecord]
    past: list[PastRecord]
