"""What joiners of a programme bought, beside what they would have: customers who had not joined say how much."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.arguments import number, whole
from clvlab.customers.programmes.cell_means import CellMeans, cell_means
from clvlab.customers.programmes.cells import COSTS, OUTCOMES, CellEstimates
from clvlab.customers.programmes.described import naive, tiers
from clvlab.customers.programmes.lives import NEVER, Float, Lives, Whole, lives
from clvlab.customers.programmes.matching import Matched, match
from clvlab.customers.programmes.problems import NotCompared, no_table
from clvlab.data.company import Company
from clvlab.data.days import to_days
from clvlab.notes import Note
from clvlab.shown import Shown

FEWEST = 20  # joiners compared
STAYING = 0.2  # least share of active controls who have not joined by the last period
MOST = 20_000  # customers


@dataclass(frozen=True, eq=False, repr=False)
class Membership(Shown):
    """Joiners against matched customers who had not joined: difference in differences.

    Attributes
    ----------
    table : DataFrame, index outcome ("purchases", "spend", "profit"; "net": profit less rewards, with fees)
        Per joiner over the ``after`` days: joiners (what they had), expected (what they would have had at the pace of
        customers who had not joined), difference with low and high, ratio with ratio_low and ratio_high, trend_p (of
        the test that both moved alike before), parallel (whether that test found nothing at 5 %), and additive with
        low and high: the difference in differences on the scale of the outcome, which supposes that both would have
        moved by as much rather than by the same factor. All intervals: 95 % confidence. "net" has no ratio.
    periods : DataFrame
        outcome, period (-2, -1, 1, 2, ...: from the day of joining, which counts as neither), joiners, expected,
        difference, low, high: per joiner and period.
    naive : DataFrame, index outcome
        members, others, difference: per customer and year since the first order. Not the programme's: members were
        other customers before they joined.
    tiers : DataFrame, index tier
        customers; purchases, spend, profit, rewards, fees a customer and year as a member, at the tier of now.
    joiners : DataFrame, index customer_id
        Joiners with a match: joined (their day).
    members, customers : int
    controls : int
        Customers who serve as match of one or more.
    left_out : dict of str to int
        Joiners not compared: "short_before" (joined too soon after the first order), "short_after" (too recently),
        "no_match".
    prob_active : float
        Mean probability that a control was active on the joiner's day.
    before, after, period : int
        Days.
    sampled : bool
        Whether customers were drawn at random, being too many.
    """

    table: pd.DataFrame
    periods: pd.DataFrame
    naive: pd.DataFrame
    tiers: pd.DataFrame
    joiners: pd.DataFrame
    members: int
    customers: int
    controls: int
    left_out: dict[str, int]
    prob_active: float
    before: int
    after: int
    period: int
    sampled: bool
    notes: tuple[Note, ...] = ()

    @property
    def compared(self) -> int:
        """Number of joiners with a match."""
        return len(self.joiners)

    @property
    def parallel(self) -> bool:
        """Whether joiners' purchases moved as the others' did before they joined, as far as the test can tell."""
        return bool(self.table["parallel"].to_dict()["purchases"])

    @property
    def trend_p(self) -> float:
        """P value of that test."""
        return self.figures("purchases")["trend_p"]

    def figures(self, outcome: str) -> dict[str, float]:
        """A row of the table as numbers; empty of an outcome that is not there."""
        if outcome not in self.table.index:
            return {}
        row = self.table.loc[[outcome]].drop(columns="parallel").iloc[0]
        return {str(name): float(value) for name, value in row.items()}


def membership(
    company: Company, *, before: int = 60, after: int = 180, period: int = 30, most: int = MOST, seed: int = 0
) -> Membership:
    """Compare joiners of a programme with customers who had not joined, before and after.

    Each joiner is beside customers acquired at about the same time who had not joined on the joiner's day and had
    bought as often before: same calendar, same tenure, same past. What joiners would have had is what they had before,
    times the factor by which the others changed. It is the average effect on those who joined (ATT) if, without the
    programme, both would have changed by the same factor; how both moved before says whether to believe that.

    Parameters
    ----------
    company : Company
        Orders and memberships; order lines with costs for profit, rewards and fees for what the programme costs.
    before, after : int
        Days compared before and after joining; multiples of ``period``. A joiner needs a longer tenure than ``before``
        on the day, and ``after`` days until now.
    period : int
        Days of a period.
    most : int
        Customers compared at most; of more a random sample.
    seed : int

    Raises
    ------
    InputError
        No orders or memberships, nobody or everybody a member, too few joiners with a past and a future, or nobody to
        compare them with.

    Notes
    -----
    Source: Callaway & Sant'Anna (2021), not-yet-treated controls; Wooldridge (2023), parallel trends of ratios;
    Cameron & Miller (2015), clusters. Details and how often the intervals hold the truth: docs/programmes.md.

    Examples
    --------
    >>> from clvlab.data.simulate import company
    >>> found = membership(company(1000, seed=3).company())
    >>> found.compared > 100, found.table.index.tolist()
    (True, ['purchases', 'spend', 'profit', 'net'])
    """
    for each, name in ((period, "period"), (before, "before"), (after, "after")):
        number(each, name, least=1)
    if before % period or after % period or before < 2 * period:
        raise NotCompared(
            f"before= and after= are multiples of period=, before= twice that at least; got {before}, {after} and "
            f"{period}.", Note("actions_programmes.membership.spans", before=before, after=after, period=period),
        )  # fmt: skip
    if "memberships" not in company:
        raise no_table("memberships", "What a programme earned")
    known = lives(company, most=most, seed=whole(seed))
    found = _matched(known, before, after, period)
    held = [name for name in (*OUTCOMES, *COSTS) if known.rows_of(name) is not None]
    means = _means(known, found, held, before, after, period)
    cells = CellEstimates(means, tuple(held), before // period, after // period)
    if "purchases" not in cells.told:
        raise NotCompared(
            f"Joiners or the customers matched to them bought nothing in the {before} days before or {after} after.",
            Note("actions_programmes.membership.no_purchases", before=before, after=after),
        )
    notes = []
    if "profit" not in cells.told:
        notes.append(Note("actions_programmes.membership.no_profit"))
    if "rewards" not in held:
        notes.append(Note("actions_programmes.membership.no_rewards"))
    if found.params is None:
        notes.append(Note("actions_programmes.membership.all_active"))
    joiners = pd.DataFrame({"joined": to_days(found.day)}, index=known.ids[found.joiner])
    sampled = known.n >= most
    return Membership(
        cells.table(), cells.by_period(), naive(known), tiers(company, known), joiners,
        int((known.joined < NEVER).sum()), known.n, len(np.unique(found.control)), found.left_out,
        float(found.active.mean()), before, after, period, sampled, tuple(notes),
    )  # fmt: skip


def _matched(known: Lives, before: int, after: int, period: int) -> Matched:
    members = int((known.joined < NEVER).sum())
    if members == 0:
        raise NotCompared("No customer with an order is a member.", Note("actions_programmes.membership.no_members"))
    if members == known.n:
        raise NotCompared(
            "Every customer is a member: there is nobody to compare them with.",
            Note("actions_programmes.membership.all_members", n=members),
        )
    found = match(known, before=before, after=after, period=period)
    if len(found.joiner) < FEWEST:
        raise NotCompared(
            f"{len(found.joiner)} of {members} members can be compared, {FEWEST} are needed: the others joined within "
            f"{before} days of the first order ({found.left_out['short_before']}), less than {after} days ago "
            f"({found.left_out['short_after']}), or have no match ({found.left_out['no_match']}).",
            Note("actions_programmes.membership.too_few", n=len(found.joiner), members=members, fewest=FEWEST,
                 before=before, after=after, **found.left_out),
        )  # fmt: skip
    left = known.joined[found.control] > found.day[found.of] + after - period
    staying = float(np.average(left, weights=found.active))
    if staying < STAYING:
        raise NotCompared(
            f"By the end of the {after} days {1.0 - staying:.0%} of the customers compared with have joined too: too "
            "few are left to compare with. Give a shorter after=.",
            Note("actions_programmes.membership.all_join", share=1.0 - staying, after=after),
        )
    return found


def _means(known: Lives, found: Matched, held: list[str], before: int, after: int, period: int) -> CellMeans:
    """Means a joiner of every outcome, group (0 joiners, 1 others) and period, in that order of cells."""
    early, late = before // period, after // period
    per_group = early + late
    active = np.bincount(found.of, weights=found.active)
    weight = found.active / active[found.of]
    start, day = found.day, found.day[found.of]
    parts: list[tuple[int, Float, Float, Whole]] = []
    for place, name in enumerate(held):
        rows = known.rows_of(name)
        assert rows is not None
        for at in range(per_group):
            since, until = _span(at, early, period)
            cell = (2 * place) * per_group + at
            own = rows.total(name, found.joiner, start + since, start + until)
            parts.append((cell, own, np.ones(len(own)), found.joiner))
            if at < early:
                others = weight * rows.total(name, found.control, day + since, day + until)
            else:
                ends = np.minimum(day + until, known.joined[found.control] - 1)
                bought = rows.total(name, found.control, day + since, ends)
                others = bought / found.staying[at - early] / active[found.of]
            parts.append((cell + per_group, others, weight, found.control))
    return cell_means(
        np.concatenate([np.full(len(part[1]), part[0]) for part in parts]),
        np.concatenate([part[1] for part in parts]), np.concatenate([part[2] for part in parts]),
        np.concatenate([part[3] for part in parts]), 2 * len(held) * per_group,
    )  # fmt: skip


def _span(at: int, early: int, period: int) -> tuple[int, int]:
    """Days after joining of a period, (since, until]; the day of joining is in none."""
    if at < early:
        return (at - early) * period - 1, (at - early + 1) * period - 1
    return (at - early) * period, (at - early + 1) * period
