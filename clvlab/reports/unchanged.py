"""Whether the last page of a notebook is still what a run would make."""

from pathlib import Path

from clvlab.reports.jobs import Job
from clvlab.reports.shapes import NotebookRecord


def still_good(record: NotebookRecord | None, now: str, job: Job, folder: Path) -> bool:
    """Whether the latest run of a notebook was good, depended on the same, and left all its pages and files.

    Parameters
    ----------
    record : dict, optional
        The latest record of the notebook.
    now : str
        Its fingerprint now.
    job : Job
        What is asked; every language of it must be there.
    folder : Path
        The reports folder.
    """
    if record is None or record["exit_code"] != 0 or record.get("fingerprint") != now:
        return False
    pages = record.get("pages", {})
    names = [*pages.values(), *record["files"]]
    return set(job.languages) <= set(pages) and all((folder / name).is_file() for name in names)
