"""The measures of a company by period: which have changed significantly, and which segments stand out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts, MissingInput, known_segments
from clvlab.customers.facts import facts as facts_of
from clvlab.customers.intervals import difference, false_discovery
from clvlab.customers.measure import Measure
from clvlab.customers.measures import MEASURES, MeasureRecord, Parts
from clvlab.customers.odd_periods import odd_periods
from clvlab.customers.segment_rows import SEGMENT_COLUMNS, segment_rows
from clvlab.customers.summing import Values, scaled, valued
from clvlab.customers.sums import Sums, joined, moved, sums_by_rows, sums_of
from clvlab.data.company import Company
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

NOISE = 0.10  # of what is called news, at most this share is noise
COHORT = "cohort"
AT_ONE_AGE = ("bought_again", "bought_later")  # measures that compare cohorts of different ages fairly


@dataclass(frozen=True, eq=False, repr=False)
class Board(Shown):
    """Measures of a company; each table is computed on first use.

    Attributes
    ----------
    facts : Facts
    targets : mapping of measure to float
    measures : tuple of str
        Ids, in the order of a page.
    """

    facts: Facts
    targets: Mapping[str, float]
    measures: tuple[str, ...]

    def _parts(self, name: str, t: int) -> Parts:
        """What a measure is made of; made anew each time, as all of them together would fill the memory."""
        return MEASURES[name].parts(self.facts, t)

    def _periods(self, name: str) -> range:
        """The periods a measure is known of: of a snapshot the last alone."""
        last = len(self.facts.windows) - 1
        return range(last if MEASURES[name].snapshot else 0, last + 1)

    @cached_property
    def _found(self) -> tuple[dict[str, Sums], dict[str, Note]]:
        sums: dict[str, Sums] = {}
        missing: dict[str, Note] = {}
        everybody = np.zeros(self.facts.n + 1, dtype=np.int64)
        for name in self.measures:
            try:
                sums[name] = joined([sums_of([self._parts(name, t)], everybody, 1) for t in self._periods(name)])
            except MissingInput as lacking:
                missing[name] = lacking.note
        return sums, missing

    @property
    def _sums(self) -> dict[str, Sums]:
        """Sums of each measure, a group a period."""
        return self._found[0]

    @property
    def missing(self) -> dict[str, Note]:
        """Measures whose tables or columns are not there: id to what they need."""
        return self._found[1]

    @cached_property
    def _values(self) -> dict[str, Values]:
        found = {}
        for name, sums in self._sums.items():
            values = valued(MEASURES[name].kind, sums)
            unknown = np.asarray(self._periods(name)) < self._known_from(name)
            value, low, high = (np.where(unknown, np.nan, each) for each in values[:3])
            found[name] = Values(value, low, high, values.n)
        return found

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row per measure and period: measure, period (its first day), value, low, high, n.

        Before the records are a threshold long nobody can be called lapsed, so values that need it are missing.
        """
        begins = self.facts.windows.index.start_time
        columns = ["measure", "period", "value", "low", "high", "n"]
        each = [
            pd.DataFrame({"measure": name, "period": begins[self._periods(name)], **_columns(values)}, columns=columns)
            for name, values in self._values.items()
        ]
        return pd.concat(each, ignore_index=True) if each else pd.DataFrame(columns=columns)

    def _known_from(self, name: str) -> int:
        """The first period in which a measure can be told: active customers need a threshold of records before it."""
        group = MEASURES[name].group
        if group not in ("base", "staying") or name in ("new_customers", "subscription_churn", "reward_use"):
            return 0
        known = self.facts.windows.first[0] + self.facts.threshold
        return int(np.searchsorted(self.facts.windows.first, known))

    @property
    def against(self) -> int | None:
        """How many periods back a change is measured: a year, if the records are longer than that; else one period."""
        periods = len(self.facts.windows)
        a_year = self.facts.windows.a_year
        return a_year if periods > a_year else (1 if periods > 1 else None)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The last whole period: one row per measure.

        Returns
        -------
        DataFrame, index measure
            group; value, low, high (95 % confidence interval), n; before, change, change_low, change_high, p_value:
            from the same period a year before; news: whether the change is more than noise, 10 % of what is called so
            being noise at most; good: whether it is for the better (missing where neither); target, and met:
            "yes", "no" or "open" where the interval holds the target.
        """
        last = len(self.facts.windows) - 1
        rows = {name: self._row(name, last) for name in self._sums}
        found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")
        if found.empty:
            return found
        found["news"] = false_discovery(found["p_value"].to_numpy(float), rate=NOISE)
        better = found.index.map(lambda name: {"higher": 1.0, "lower": -1.0, "none": np.nan}[MEASURES[name].better])
        sign = np.sign(found["change"].to_numpy(float)) * np.asarray(better, dtype=float)
        found["good"] = pd.array([None if np.isnan(s) or s == 0 else s > 0 for s in sign], dtype="boolean")
        return found

    def _row(self, name: str, last: int) -> dict[str, object]:
        values, record = self._values[name], MEASURES[name]
        now = {column: array[-1] for column, array in _columns(values).items()}
        row: dict[str, object] = {"group": record.group, **now}
        told = ("before", "change", "change_low", "change_high", "p_value")
        row |= dict.fromkeys(told, np.nan)
        if self.against is not None and not record.snapshot:
            then = [each[last - self.against] for each in values[:3]]
            related = self._related(name, last, last - self.against)
            by = difference(*(each[-1] for each in values[:3]), *then, correlation=related)
            row |= dict(zip(told, (float(each) for each in (then[0], *by)), strict=True))
        target = self.targets.get(name, np.nan)
        return row | {"target": target, "met": _met(record, row, target)}

    def _related(self, name: str, now: int, before: int) -> float:
        """Correlation of a measure's estimates in two periods, which share customers."""
        record, values = MEASURES[name], self._values[name]
        each = []
        for t in (now, before):
            value = scaled(record.kind, float(values.value[t]))
            still = record.kind in ("count", "total", "cost") or not np.isfinite(value)
            each.append(moved(self._parts(name, t), self.facts.n, 0.0 if still else value))
        size = np.sqrt((each[0] @ each[0]) * (each[1] @ each[1]))
        return float(np.clip(each[0] @ each[1] / size, -0.99, 0.99)) if size > 0 else 0.0

    @cached_property
    def unusual(self) -> pd.DataFrame:
        """Periods unlike their neighbours, for measures without a season, compared with the surrounding periods.

        Returns
        -------
        DataFrame, the least likely first
            measure, period, value, low, high, usual (the neighbours together), change, p_value; only what is more than
            noise.
        """
        steady = {name: sums for name, sums in self._sums.items() if MEASURES[name].steady}
        return odd_periods(steady, self.facts.windows.index.start_time, rate=NOISE)

    @cached_property
    def divisions(self) -> tuple[str, ...]:
        """What divides customers: columns of the table of customers with 2 to 20 segments."""
        return tuple(known_segments(self.facts.company))

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """Measures of each quarterly acquisition cohort at the same age, as ``by`` returns them.

        Customers who may have been there before the records began are in none.
        """
        over = {name: range(len(self.facts.windows)) for name in AT_ONE_AGE}
        found = self._by(COHORT, over, since=self.facts.known_since)
        sizes = self.facts.segments(COHORT).value_counts()
        # A cohort counts once all but a few of it are old enough.
        whole = found["segment"].isna() | (found["n"] >= 0.9 * found["segment"].map(sizes).fillna(0))
        kept = found[whole].reset_index(drop=True)
        kept["news"] = false_discovery(kept["p_value"].to_numpy(float), rate=NOISE)
        return kept

    def by(self, division: str) -> pd.DataFrame:
        """Measures of each segment: of the last year together, and what stands out.

        Parameters
        ----------
        division : str
            A column of the table of customers.

        Returns
        -------
        DataFrame
            measure, segment (missing: all customers), value, low, high, n; rest (the other customers together), change
            (from the rest), p_value and news: whether that is more than noise. Sums and counts of customers are of the
            last period and stand without a comparison.
        """
        last = len(self.facts.windows) - 1
        year = range(max(0, last + 1 - self.facts.windows.a_year), last + 1)
        over = {}
        for name in self.measures:
            record = MEASURES[name]
            over[name] = [last] if record.kind in ("count", "total") or record.snapshot else year
        return self._by(division, over)

    def _by(self, division: str, over: Mapping[str, Sequence[int]], *, since: int | None = None) -> pd.DataFrame:
        segments = self.facts.segments(division)
        if since is not None:
            segments = segments.where(self.facts.acquired > since)
        codes, labels = pd.factorize(segments, sort=True)
        names, group = [str(label) for label in labels], np.append(codes, -1).astype(np.int64)
        rows: list[dict[str, object]] = []
        for name in (each for each in self._sums if each in over):
            known = [t for t in over[name] if t in self._periods(name) and t >= self._known_from(name)]
            several = [self._parts(name, t) for t in known]
            if not several:
                continue
            if several[0].segment is not None and division in several[0].segment:
                each = sums_by_rows(several, division, names)
            else:
                each = sums_of(several, group, len(names))
            rows += segment_rows(MEASURES[name], each, names)
        found = pd.DataFrame(rows, columns=[*SEGMENT_COLUMNS])
        found["news"] = false_discovery(found["p_value"].to_numpy(float), rate=NOISE)
        return found

    def measure(self, name: str) -> Measure:
        """A measure of the last whole period.

        Raises
        ------
        InputError
            There is no such measure, or its tables are missing.
        """
        if name in self.missing:
            raise InputError(f"{name} cannot be measured: {self.missing[name]}.")
        if name not in self.table.index:
            raise InputError(f"There is no measure {name!r}; there are {', '.join(self.measures)}.")
        value, low, high, n = self.table.loc[[name], ["value", "low", "high", "n"]].to_numpy(dtype=float)[0]
        return Measure(name, value, low, high, int(n), Note("measures.definition.of", measure=name))

    def row(self, name: str) -> tuple[float, float, float, float, float]:
        """Value, before, change, and its interval's ends, of the last whole period."""
        columns = ["value", "before", "change", "change_low", "change_high"]
        value, before, change, low, high = self.table.loc[[name], columns].to_numpy(dtype=float)[0]
        return value, before, change, low, high


def board(
    company: Company,
    *,
    period: str = "month",
    threshold: int | None = None,
    care_within: int = 90,
    targets: Mapping[str, float] | None = None,
    measures: Sequence[str] | None = None,
) -> Board:
    """Measure a company.

    Parameters
    ----------
    company : Company
    period : {"month", "quarter", "year"}
        Only whole ones count.
    threshold : int, optional
        Days without a purchase after which a customer is no longer active; unset, what nine in ten gaps stay within.
    care_within : int
        Days within which a customer under care was followed up.
    targets : mapping of measure to float, optional
        In the measure's own terms: a share between 0 and 1, points, money.
    measures : sequence of str, optional
        Some of ``MEASURES`` alone.

    Raises
    ------
    InputError
        No orders, no whole period, or a measure or target of no such name.

    Examples
    --------
    >>> from clvlab.data.simulate import company
    >>> found = board(company(300).company(), measures=["active_customers", "nps", "win_rate"])
    >>> found.table[["value", "n"]].round(1).to_dict("index")["active_customers"]["n"] > 0
    True
    """
    asked = tuple(measures or MEASURES)
    for argument, names in (("measures", asked), ("targets", tuple(targets or {}))):
        unknown = [name for name in names if name not in MEASURES]
        if unknown:
            raise InputError(
                f"{argument}= names no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}."
            )
    facts = facts_of(company, period=period, threshold=threshold, care_within=care_within)
    return Board(facts, dict(targets or {}), asked)


def _columns(values: Values) -> dict[str, np.ndarray]:
    return {"value": values.value, "low": values.low, "high": values.high, "n": values.n.astype(np.int64)}


def _met(record: MeasureRecord, row: Mapping[str, object], target: float) -> str | None:
    value, low, high = (float(str(row[name])) for name in ("value", "low", "high"))
    if np.isnan(target) or np.isnan(value) or record.better == "none":
        return None
    if low <= target <= high:
        return "open"
    return "yes" if (value > target) == (record.better == "higher") or value == target else "no"
