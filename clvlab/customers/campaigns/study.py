"""What a company's campaigns earned, each part computed when first asked for."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.arguments import instance
from clvlab.customers.campaigns.answering import Uplifts, table_of, uplifts
from clvlab.customers.campaigns.arms import CampaignEffects, campaign, holm
from clvlab.customers.campaigns.estimate import means
from clvlab.customers.campaigns.lifetime import AHEAD, DRAWS, RATE, CampaignValue, value_of
from clvlab.customers.campaigns.pooled import Pooled, pooled
from clvlab.customers.campaigns.power import detectable, size_for
from clvlab.customers.campaigns.records import BEFORE, Sent, sent
from clvlab.customers.channels import share_earned
from clvlab.customers.design import design
from clvlab.customers.facts import MissingInput, facts
from clvlab.data.company import Company
from clvlab.errors import FitError, InputError
from clvlab.notes import Note
from clvlab.shown import Shown

OUTCOMES = ("response", "purchases", "spend")
DAYS = 30
ALPHA = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class CampaignStudy(Shown):
    """What campaigns earned, against the groups that were held out at random.

    Attributes
    ----------
    company : Company
    days : int
        How long purchases count.
    margin : float
        Share of spend that is earned.
    control : str or None
        The control group's arm, unless it has a usual name.
    notes : tuple of Note
        What was assumed.
    """

    company: Company
    days: int
    margin: float
    control: str | None = None
    notes: tuple[Note, ...] = field(default=())

    @cached_property
    def _read(self) -> tuple[list[Sent], list[Note]]:
        return sent(self.company, days=self.days, control=self.control)

    @property
    def sent(self) -> list[Sent]:
        """Campaigns with a random control group, the first one first."""
        return self._read[0]

    @property
    def unknown(self) -> list[Note]:
        """Of every other campaign: why nothing is told of what it changed."""
        return self._read[1]

    def effects(self, name: str, outcome: str = "spend") -> CampaignEffects:
        """What each arm of a campaign changed in one outcome, adjusted by what customers bought before.

        Raises
        ------
        InputError
            There is no such campaign with a control group, or no such outcome.
        """
        for each in self.sent:
            if each.name == name:
                if outcome not in OUTCOMES:
                    raise InputError(f"An outcome is one of {', '.join(OUTCOMES)}; found {outcome!r}.")
                return campaign(each.frame, treatment="arm", control=each.control, outcome=outcome, before=BEFORE)
        raise InputError(f"There is no campaign {name!r} with a control group; there are "
                         f"{', '.join(each.name for each in self.sent) or 'none'}.")  # fmt: skip

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per campaign and arm.

        campaign, arm, date, n, control_n; of ``response`` (share of customers who ordered within the days) and
        ``purchases`` (a customer): value, low, high (difference to the control group, 95 % confidence interval),
        mean_control; ``lift`` (of purchases) with low and high; of money where it is known: ``gross`` (margin times the
        difference in spend, a customer), cost, ``earned`` (gross less cost, a customer) and ``total`` (of all
        contacted), with low and high; p_value (of purchases), p_adjusted (Holm's, over all rows), found ("more",
        "less", "none"), and pays ("yes", "no", "unclear", "unknown"), whether what was earned differs from 0, with
        Holm's correction over all rows.
        """
        rows = [row for each in self.sent for row in self._rows(each)]
        table = pd.DataFrame(rows)
        if table.empty:
            return table
        table["p_adjusted"] = holm(table["p_value"])
        sure = table["p_adjusted"] < ALPHA
        table["found"] = np.where(~sure, "none", np.where(table["purchases"] > 0, "more", "less"))
        table["pays"] = "unknown"
        if "earned" in table:
            told = holm(table["earned_p"]) < ALPHA
            judged = np.where(~told, "unclear", np.where(table["earned"] > 0, "yes", "no"))
            table["pays"] = np.where(table["earned"].notna(), judged, "unknown")
        return table

    def _rows(self, each: Sent) -> list[dict[str, object]]:
        known = design(each.frame, BEFORE).columns
        arm = each.frame["arm"].to_numpy(dtype=object)
        rows = []
        for name in sorted(set(arm) - {each.control}):
            inside = (arm == name) | (arm == each.control)
            treated = (arm == name)[inside]
            row: dict[str, object] = {"campaign": each.name, "arm": name, "date": each.date, "n": int(treated.sum()),
                                      "control_n": int((~treated).sum())}  # fmt: skip
            for outcome in ("response", "purchases"):
                found = means(each.frame[outcome].to_numpy(float)[inside], treated, known[inside])
                row |= _ends(outcome, found.value, *found.interval())
                row[f"{outcome}_control"] = found.control
            lift, low, high = found.lift()
            row |= _ends("lift", lift, low, high)
            row |= {"p_value": found.p_value(), "removed": found.removed}
            row |= self._money(each, inside, treated, known)
            rows.append(row)
        return rows

    def _money(self, each: Sent, inside: np.ndarray, treated: np.ndarray, known: np.ndarray) -> dict[str, object]:
        spend = self.margin * each.frame["spend"].to_numpy(float)[inside]
        cost = float(each.frame["cost"].to_numpy(float)[inside][treated].mean())
        if not self.has_amounts:
            return {"cost": cost}
        found = means(spend, treated, known[inside])
        low, high = found.interval()
        row = _ends("gross", found.value, low, high)
        row |= {"gross_error": found.error, "gross_removed": found.removed, "cost": cost}
        row["sd"] = float(spend[~treated].std(ddof=1))
        if np.isnan(cost):
            return row
        row |= _ends("earned", found.value - cost, low - cost, high - cost)
        row |= _ends("total", found.n * (found.value - cost), found.n * (low - cost), found.n * (high - cost))
        error = found.error if found.error > 0 else np.nan  # nobody spent differently from anybody
        row["earned_p"] = float(2.0 * stats.t.sf(abs(found.value - cost) / error, found.df))
        return row

    @cached_property
    def has_amounts(self) -> bool:
        """Whether orders have amounts."""
        return bool(self.company.frame("orders")["amount"].notna().any())

    @cached_property
    def log(self) -> Pooled | Note:
        """All arms seen together: gross profit a contacted customer, drawn towards the mean of all.

        A Note where fewer than three arms can be seen together.
        """
        table = self.table
        if "gross" not in table or (usable := table[table["gross_error"] > 0]).empty or len(usable) < 3:
            return Note("campaigns.too_few_to_pool", n=0 if "gross" not in table else len(usable))
        index = pd.MultiIndex.from_frame(usable[["campaign", "arm"]])
        return pooled(usable["gross"], usable["gross_error"], index=index)

    @cached_property
    def values(self) -> dict[str, CampaignValue | Note]:
        """What each campaign changed in lifetime value a year ahead, or a note why no model can be fitted."""
        if not self.has_amounts:
            return {}
        found: dict[str, CampaignValue | Note] = {}
        for each in self.sent:
            try:
                found[each.name] = value_of(self.company, each, AHEAD, RATE, self.margin, DRAWS, 0)
            except (FitError, InputError) as error:
                found[each.name] = Note("campaigns.value.no_fit", campaign=each.name, reason=str(error))
        return found

    @cached_property
    def uplifts(self) -> Uplifts:
        """Who answers more than others, of each campaign and arm: an ``Uplift``, or a note why it cannot be judged."""
        return uplifts(self.sent)

    @cached_property
    def uplift_table(self) -> pd.DataFrame:
        """A row per arm that is large enough: whether the response to it differs between customers.

        campaign, arm, n, control_n; average (effect on the response of all) and qini (area between the curve of
        predicted uplift and a random order), each with low and high; p_value (one-sided), p_adjusted (Holm's, over all
        rows) and differs ("true" where p_adjusted is below .025, else "false").
        """
        return table_of(self.uplifts)

    @cached_property
    def next_test(self) -> pd.DataFrame:
        """How large the next test of each arm that was not settled must be; index campaign, arm.

        cost (a contact); effect (the gross profit per customer that it must bring in beyond its cost to be worth
        knowing: as much again as it costs); n and control_n (customers for an 80 % chance to find that, half of them
        held out); detectable (the smallest gross profit beyond the cost that a test of the size of the last one finds
        with that chance).
        """
        table = self.table
        columns = ["campaign", "arm", "cost", "effect", "n", "control_n", "detectable"]
        if "gross" not in table:
            return pd.DataFrame(columns=columns).set_index(["campaign", "arm"])
        open_ = table[(table["pays"] == "unclear") & (table["cost"] > 0) & (table["sd"] > 0)]
        rows = []
        for _, row in open_.iterrows():
            sd, removed = float(row["sd"]), max(float(row["gross_removed"]), 0.0)
            n, control_n = size_for(float(row["cost"]), sd=sd, removed=removed)
            rows.append((row["campaign"], row["arm"], row["cost"], row["cost"], n, control_n,
                         detectable(row["n"], row["control_n"], sd=sd, removed=removed)))  # fmt: skip
        return pd.DataFrame(rows, columns=columns).set_index(["campaign", "arm"])


def _ends(name: str, value: float, low: float, high: float) -> dict[str, object]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def campaign_study(
    company: Company, *, days: int = DAYS, margin: float | None = None, control: str | None = None
) -> CampaignStudy:  # fmt: skip
    """Study what a company's campaigns earned.

    Parameters
    ----------
    company : Company
        With tables of campaigns (customer, campaign, arm, date, perhaps cost) and orders.
    days : int
        How long purchases count from each customer's first day of the campaign.
    margin : float, optional
        Share of spend that is earned; of the records where they tell it (order lines with costs), else 1.
    control : str, optional
        The control group's arm, unless it has a usual name such as control.

    Returns
    -------
    CampaignStudy

    Raises
    ------
    InputError
        A table is not there, or days or a margin that is none.

    Notes
    -----
    Each arm is compared with the campaign's own control group, adjusted by purchases, spend, days since the last
    purchase and days since the first, all before the campaign (see ``means``). Campaigns without such a group, or whose
    groups differed before, are in ``unknown``.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = campaign_study(datasets.company())
    >>> found.table[["campaign", "arm", "found"]].to_dict("split")["data"][-2:]
    [['catalogue 2025', 'print', 'none'], ['double eleven 2025', 'coupon', 'more']]
    """
    instance(company, Company, "company", "Read its tables by clv.read_company(folder).")
    notes: list[Note] = []
    if margin is None:
        try:
            margin = share_earned(facts(company))
            told = "order_lines" in company and "cost" in company.frame("order_lines")
            notes.append(
                Note("campaigns.margin_of_records", margin=margin) if told else Note("campaigns.margin_unknown")
            )
        except MissingInput:
            margin = 1.0
    if not 0 < margin <= 1:
        raise InputError(f"margin= is a share of spend above 0 and at most 1; found {margin!r}.")
    return CampaignStudy(company, days, margin, control, tuple(notes))
