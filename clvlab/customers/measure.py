"""A measure of customers: a value with its interval, the number of observations, and its definition."""

from dataclasses import dataclass

from clvlab.notes import Note

LEVEL = 0.95  # of every measure's interval


@dataclass(frozen=True)
class Measure:
    """A measure of customers, with its 95 % confidence interval.

    Attributes
    ----------
    id : str
        "nps", "repeat_rate", ...
    value : float
        In the measure's own terms: a share between 0 and 1, points, money, days. NaN where there is nothing to measure.
    low, high : float
        Ends of the 95 % confidence interval; NaN where there is none, as for a count of everybody.
    n : int
        How many it rests on: answers, customers, cases.
    definition : Note
        What is counted of what, as a code with values.
    notes : tuple of Note
        What else a reader has to know of this value; mostly nothing.

    Examples
    --------
    >>> Measure("nps", 20.0, 1.2, 37.1, 100, Note("measures.nps.definition", promoters=9, detractors=6))
    <nps 20 (1.2 to 37.1), n = 100>
    """

    id: str
    value: float
    low: float
    high: float
    n: int
    definition: Note
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        """Return one line: id, value, interval, n."""
        interval = "" if self.low != self.low else f" ({self.low:.4g} to {self.high:.4g})"
        return f"<{self.id} {self.value:.4g}{interval}, n = {self.n:,}>"
