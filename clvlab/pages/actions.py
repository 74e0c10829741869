"""What actions earned: campaigns against their control groups, and what was not randomised."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from clvlab.customers.actions import ActionsStudy
from clvlab.customers.campaigns import Pooled
from clvlab.data.order_book import Orders
from clvlab.notes import Note
from clvlab.pages import actions_answer, actions_lifetime, actions_programmes, actions_uplift, orders_read
from clvlab.pages.exhibits import Answer, Freshness, Section, TopNotices
from clvlab.pages.page import Page

MONEY = {"campaign": "text", "arm": "text", "n": "number0", "gross": "money2", "cost": "money2",
         "earned": "money2", "total": "money0", "pays": "campaign_pays"}  # fmt: skip
BOUGHT = {"campaign": "text", "arm": "text", "n": "number0", "control_n": "number0", "response_control": "percent1",
          "response": "points1", "lift": "percent", "p_adjusted": "p_value", "found": "campaign_found"}  # fmt: skip
LOG = {"campaign": "text", "arm": "text", "value": "money2", "pooled": "money2", "above": "percent"}
TESTS = {"campaign": "text", "arm": "text", "cost": "money2", "n": "number0", "control_n": "number0",
         "detectable": "money2"}  # fmt: skip
FILE = ("campaign", "arm", "date", "n", "control_n", "response", "purchases", "lift", "gross", "cost", "earned",
        "total", "pays")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ActionsPage(Page):
    """What actions earned."""

    title_key: ClassVar[str] = "actions.title"

    def freshness(self, study: ActionsStudy) -> Freshness:
        """How old the orders are."""
        orders = study.company.read["orders"]
        assert isinstance(orders, Orders)
        return orders_read.freshness_of(self.locale, study.company, orders.n_customers)

    def answer(self, study: ActionsStudy) -> Answer:
        """What paid, what did not, what cannot be known, and what to do."""
        return Answer(locale=self.locale, sentences=actions_answer.sentences(study),
                      metrics=actions_answer.metrics(study))  # fmt: skip

    def cautions(self, study: ActionsStudy) -> TopNotices:
        """What readers must know of the records."""
        return self.top(*(self.notice(note, level) for note, level in actions_answer.cautions(study)))

    def campaigns(self, study: ActionsStudy) -> Section:
        """Each campaign against its control group."""
        found = study.campaigns
        if isinstance(found, Note) or found.table.empty:
            return self.section("actions.campaigns_section")
        table = found.table
        about = Note("actions.measured.of", days=found.days)
        return self.section(
            "actions.campaigns_section",
            self.table("actions.money", table, MONEY, intervals=("gross", "earned", "total"), caption=about)
            if "gross" in table else None,
            self.table("actions.bought", table, BOUGHT, intervals=("response", "lift"), caption=about),
            self.file("campaigns_measured", _file(table)),
        )  # fmt: skip

    def together(self, study: ActionsStudy) -> Section:
        """All campaigns seen together, and the next test."""
        found = study.campaigns
        if isinstance(found, Note) or found.table.empty:
            return self.section("actions.together_section")
        log = found.log
        pooled, effects = pd.DataFrame(), None
        if isinstance(log, Pooled):
            effects = self.figure("actions.effects", "campaign_effects", table=log.table, mean=log.mean)
            pooled = log.table.reset_index().rename(columns={"low": "pooled_low", "high": "pooled_high"})
        tests = found.next_test.reset_index()
        return self.section(
            "actions.together_section",
            self.notice(log) if isinstance(log, Note) else None,
            effects,
            self.table("actions.log", pooled, LOG, intervals=("pooled",), caption=_next(log)),
            self.table("actions.tests", tests, TESTS),
        )  # fmt: skip

    def uplift(self, study: ActionsStudy) -> Section:
        """Customers who answer campaigns more than others, where chance drew who was contacted."""
        found = study.campaigns
        if isinstance(found, Note) or found.table.empty:
            return self.section("actions.uplift_section")
        return actions_uplift.section(self, found)

    def lifetime(self, study: ActionsStudy) -> Section:
        """Lifetime value that campaigns added, where chance drew who was contacted."""
        found = study.campaigns
        if isinstance(found, Note) or found.table.empty:
            return self.section("actions.lifetime_section")
        return actions_lifetime.section(self, found)

    def membership(self, study: ActionsStudy) -> Section:
        """Joiners beside matched customers who had not joined."""
        return actions_programmes.membership(self, study.programmes)

    def coupons(self, study: ActionsStudy) -> Section:
        """Who redeemed."""
        return actions_programmes.coupons(self, study.programmes)

    def returned(self, study: ActionsStudy) -> Section:
        """Lost customers who bought again."""
        return actions_programmes.returned(self, study.programmes)

    def without_control(self, study: ActionsStudy) -> Section:
        """Campaigns without a control group."""
        return actions_programmes.campaigns(self, study.programmes)

    def how_to_read(self, study: ActionsStudy) -> Section:
        """What the words on campaigns with a control group mean."""
        said = Note("actions.counted", days=study.days)
        return self.section("actions.how_to_read", self.notice(said), alone=True)

    def how_to_read_on(self, _study: ActionsStudy) -> Section:
        """What the words on everything that was not randomised mean."""
        return actions_programmes.how_to_read(self)


def _next(log: Pooled | Note) -> Note | None:
    if isinstance(log, Note):
        return None
    return Note("actions.log.of", mean=log.mean, low=log.mean_low, high=log.mean_high, next_low=log.next_low,
                next_high=log.next_high)  # fmt: skip


def _file(table: pd.DataFrame) -> pd.DataFrame:
    """Each measure with its interval."""
    columns = [each for name in FILE for each in (name, f"{name}_low", f"{name}_high") if each in table]
    return table[columns]


__all__ = ["ActionsPage"]
