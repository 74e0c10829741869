"""Gates: from where on a number that was measured in a run is amber, and from where on red."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.reports.shapes import AgeRecord, GateRecord, GateState

# name: (whether a higher value is worse, amber, red)
GATES: dict[str, tuple[bool, float, float]] = {
    "freshness": (True, 7, 31),  # days since the last record
    "refused": (True, 0.02, 0.1),  # share of rows read that are not used
    "r_hat": (True, 1.01, 1.05),
    "ess": (False, 400, 100),  # effective draws
    "divergences": (True, 1, 20),
    "k_hat": (True, 0.7, 1.0),
    "backtest": (True, 1.0, 1.2),  # error over that of the baseline
    "coverage": (False, 0.8, 0.6),  # share inside the 90 % prediction interval
    "drift": (True, 0.2, 0.5),  # largest relative change of a headline number since the last good run
}


@dataclass(frozen=True)
class Gate:
    """One number a page is judged by.

    Parameters
    ----------
    name : str
        What is measured: a key of ``GATES``.
    amber, red : float, optional
        Thresholds, the value itself included; None never is.
    """

    name: str
    amber: float | None
    red: float | None

    def judge(self, value: float | None) -> GateRecord:
        """What the gate says of a value; None was not measured.

        Examples
        --------
        >>> Gate("k_hat", 0.7, 1.0).judge(0.8)["state"], Gate("ess", 400, 100).judge(50)["state"]
        ('amber', 'red')
        """
        sign = 1 if GATES[self.name][0] else -1
        state = self._state(value, sign)
        return {"gate": self.name, "value": value, "amber": self.amber, "red": self.red, "state": state}

    def _state(self, value: float | None, sign: int) -> GateState:
        if value is None:
            return "unknown"
        if value != value or (self.red is not None and sign * value >= sign * self.red):
            return "red"
        return "amber" if self.amber is not None and sign * value >= sign * self.amber else "green"


def gate(name: str, told: object, where: str) -> Gate | None:
    """A gate as a plan writes it: true, false, or a table of ``amber`` and ``red``.

    Raises
    ------
    InputError
        No gate has that name, or a threshold is no number, or the two are the wrong way round.
    """
    if name not in GATES:
        raise InputError(f"{where}: there is no gate {name!r}. Gates: {', '.join(GATES)}.")
    higher, amber, red = GATES[name]
    if told is False:
        return None
    if told is True:
        return Gate(name, amber, red)
    if not isinstance(told, Mapping) or not told or not set(told) <= {"amber", "red"}:
        raise InputError(f"{where}.{name} takes true, false, or thresholds such as {{ amber = {amber}, red = {red} }}.")
    for key, value in told.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{where}.{name}.{key} takes a number; got {value!r}.")
    both = {"amber": None, "red": None, **told}
    if both["amber"] is not None and both["red"] is not None and (both["amber"] > both["red"]) == higher:
        order = "at most" if higher else "at least"
        raise InputError(f"{where}.{name}: amber must be {order} red; got amber {both['amber']}, red {both['red']}.")
    return Gate(name, both["amber"], both["red"])


def judged(gates: Sequence[Gate], measured: Mapping[str, float], freshness: AgeRecord, today: date) -> list[GateRecord]:
    """What every gate says of a run; how old its data are is counted anew each time."""
    age = days_old(freshness, today)
    values = {**measured, **({} if age is None else {"freshness": age})}
    return [each.judge(values.get(each.name)) for each in gates]


def days_old(freshness: AgeRecord, today: date) -> float | None:
    """Days since the last record, or else since the day the page speaks of."""
    told = freshness.get("last") or freshness.get("as_of")
    try:
        return None if told is None else float((today - date.fromisoformat(told)).days)
    except ValueError:
        return None


def check(told: GateRecord) -> Note:
    """A gate as a reader is told of it."""
    thresholds = {"amber": told["amber"], "red": told["red"]}
    return Note("runs.check", name=told["gate"], value=told["value"], **thresholds)


def worst(gates: Sequence[GateRecord]) -> str:
    """The worst state: red, amber, green, or nothing where nothing was measured."""
    states = {each["state"] for each in gates}
    return next((state for state in ("red", "amber", "green") if state in states), "")
