"""How a run hides who customers are: by which key, and what of that is told."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clvlab.data.hiding import KEY, SWITCH, Hider, hider, new_key
from clvlab.notes import Note
from clvlab.reports.jobs import Job


@dataclass(frozen=True)
class HiddenBy:
    """The key of a run.

    Parameters
    ----------
    key : str
        On no page, log or manifest.
    given : bool
        Whether the environment gave it, so that another run may have the same.
    """

    key: str = field(repr=False)
    given: bool

    @property
    def note(self) -> Note:
        """What a page tells of it."""
        return Note("report.hidden_by_key" if self.given else "report.hidden_by_random_key")

    def said(self) -> str:
        """What the log tells of it."""
        if self.given:
            return f"identifiers are hidden by the key in {KEY}"
        return (
            f"identifiers are hidden by a random key, because {KEY} is not set: hashes of this run cannot be compared "
            "with those of other runs"
        )

    def fingerprint(self) -> str:
        """What a run's number tells of it: a random key makes no page worth making again."""
        return self._hider().fingerprint() if self.given else "random"

    def environment(self) -> dict[str, str]:
        """What a notebook's process is told."""
        return {SWITCH: "1", KEY: self.key}

    def jobs(self, asked: Sequence[Job]) -> list[Job]:
        """What is asked for, with customers that parameters name hidden, too."""
        return [replace(job, given=self._parameters(job)) for job in asked]

    def _parameters(self, job: Job) -> Mapping[str, object]:
        named = {each.name for each in job.declared if "Identifier" in each.type}
        hide = self._hider().hidden
        return {k: hide(v) if k in named and isinstance(v, str) else v for k, v in job.given.items()}

    def _hider(self) -> Hider:
        found = hider(self.environment())
        assert found is not None
        return found


def hidden_by(asked: bool, environment: Mapping[str, str] = os.environ) -> HiddenBy | None:
    """The key of a run that is to hide identifiers; None where it shows them.

    Raises
    ------
    InputError
        The key in the environment is too short.

    Examples
    --------
    >>> hidden_by(False, {}), hidden_by(True, {})
    (None, HiddenBy(given=False))
    """
    if not asked and environment.get(SWITCH, "") in ("", "0"):
        return None
    key = environment.get(KEY, "")
    found = HiddenBy(key or new_key(), bool(key))
    found.fingerprint()
    hider(found.environment())
    return found
