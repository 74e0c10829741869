"""What a plan says is what its tables show, in the large: bands of exact distributions, each passed by 1 in 10,000."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.data.simulate.answers import true_scores
from clvlab.data.simulate.arrivals import passed
from clvlab.data.simulate.base import Base, draw_base, season_clock
from clvlab.data.simulate.calendar import DAYS, MONTH_STARTS, MONTHS, day_of
from clvlab.data.simulate.care import complaint_pace

N, SEED, LEVEL = 200_000, 11, 1e-4
BROKEN = 26  # March 2025


@pytest.fixture(scope="module")
def made() -> clv.simulate.SimulatedCompany:
    return clv.simulate.company(N, seed=SEED)


@pytest.fixture(scope="module")
def base(made: clv.simulate.SimulatedCompany) -> Base:
    found = draw_base(made.plan, N, np.random.default_rng([SEED, 0]))
    np.testing.assert_array_equal(found.rate, made.truth["rate"])
    return found


def in_binomial_band(successes: int, trials: int, chance: float) -> bool:
    return stats.binomtest(int(successes), int(trials), chance).pvalue > LEVEL


def in_poisson_band(count: int, mean: float) -> bool:
    low, high = stats.poisson.ppf([LEVEL / 2, 1 - LEVEL / 2], mean)
    return bool(low <= count <= high)


def test_leads_convert_as_planned(made: clv.simulate.SimulatedCompany) -> None:
    leads = made.tables["leads"]
    for channel, rows in leads.groupby("lead_source", observed=True):
        planned = made.plan.channels[str(channel)].conversion
        assert in_binomial_band((rows["converted"] == "yes").sum(), len(rows), planned), channel
    assert leads["converted"].eq("yes").sum() == leads["customer_id"].notna().sum() == N


def test_customers_come_by_channels_as_planned(made: clv.simulate.SimulatedCompany) -> None:
    counts = made.tables["customers"]["channel"].value_counts()
    for channel, planned in made.plan.channels.items():
        assert in_binomial_band(counts[channel], N, planned.share), channel


def test_cost_is_the_planned_cost_of_the_planned_customers(made: clv.simulate.SimulatedCompany) -> None:
    spent = made.tables["marketing_cost"].groupby("channel", observed=True)["cost"].sum()
    for channel, planned in made.plan.channels.items():
        assert spent[channel] == pytest.approx(planned.cost * planned.share * N, abs=0.01 * MONTHS)


def test_orders_are_as_many_as_their_rates_say(made: clv.simulate.SimulatedCompany) -> None:
    by = made.truth.groupby("channel", observed=True)["expected_orders"].agg(["sum", "size"])
    channel = made.tables["orders"]["customer_id"].map(made.truth.set_index("customer_id")["channel"])
    for name, count in channel.value_counts().items():
        assert in_poisson_band(count - by.loc[name, "size"], by.loc[name, "sum"] - by.loc[name, "size"]), name


def test_orders_follow_the_season(made: clv.simulate.SimulatedCompany) -> None:
    plan = clv.simulate.Plan(promotions=(), programme=clv.simulate.Programme(share=0.0))
    tables = clv.simulate.company(N, seed=SEED, plan=plan).tables
    assert "campaigns" not in tables
    assert "memberships" not in tables
    customers, pace = draw_base(plan, N, np.random.default_rng([SEED, 0])), season_clock(plan)
    month = tables["orders"]["order_date"].dt.to_period("M")
    firsts = tables["customers"]["acquisition_date"].dt.to_period("M").value_counts().sort_index()
    repeats = month.value_counts().sort_index() - firsts
    for number, count in enumerate(repeats):
        since = np.maximum(customers.begins, MONTH_STARTS[number])
        until = np.minimum(customers.ends, MONTH_STARTS[number + 1])
        assert in_poisson_band(count, float((customers.rate * passed(pace, since, until)).sum())), number
    paces = made.expected.months["season"]
    assert paces["2024-11"] / paces["2024-02"] == pytest.approx(1.45 / 0.75)
    assert np.average(paces, weights=np.diff(MONTH_STARTS)) == pytest.approx(1.0)


def test_value_by_channel_is_the_mean_of_its_customers(made: clv.simulate.SimulatedCompany) -> None:
    found = made.truth.groupby("channel", observed=True)["clv"].agg(["mean", "std", "size"])
    wide = stats.norm.isf(LEVEL / 2) * found["std"] / np.sqrt(found["size"])
    expected = made.expected.channels.loc[found.index, "clv"]
    assert ((found["mean"] - expected).abs() < wide).all()
    assert made.expected.channels["clv_to_cost"].idxmax() == "referral"


def test_what_customers_bring_is_their_expected_value() -> None:
    # Who came in the first month has nearly three years; without a season what came is what was to be expected.
    plan = clv.simulate.Plan(season=(1.0,) * 12, promotions=())
    made = clv.simulate.company(N, seed=4, plan=plan)
    truth = made.truth[made.truth["acquired"] < "2023-01-08"].set_index("customer_id")
    orders = made.tables["orders"]
    margin = (orders["amount"] - orders["cost"]).groupby(orders["customer_id"]).sum().reindex(truth.index)
    gap = margin - truth["clv"]
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap)) + 0.01 * truth["clv"].mean()


def test_the_worse_cohort_leaves_faster(made: clv.simulate.SimulatedCompany, base: Base) -> None:
    worse = (base.acquired >= day_of("2024-04-01")) & (base.acquired < day_of("2024-07-01"))
    staying = np.exp(-base.dropout[worse] / 2)
    gone = ~(base.lifetime[worse] > 365.25 / 2)
    wide = 4 * np.sqrt((staying * (1 - staying)).sum())
    assert abs(gone.sum() - (1 - staying).sum()) < wide
    assert base.dropout[worse].mean() / base.dropout[~worse].mean() == pytest.approx(4.0, rel=0.05)
    assert made.truth.loc[worse, "acquired"].dt.quarter.eq(2).all()


def test_campaigns_lift_as_planned() -> None:
    plan = clv.simulate.Plan(programme=clv.simulate.Programme(share=0.0))
    company = clv.simulate.company(N, seed=SEED, plan=plan)
    base, pace = draw_base(plan, N, np.random.default_rng([SEED, 0])), season_clock(plan)
    orders, rows = company.tables["orders"], company.tables["campaigns"]
    place = pd.Series(np.arange(N), index=company.tables["customers"]["customer_id"])
    for promotion in plan.promotions:
        first = day_of(promotion.start)
        inside = rows[rows["campaign"] == promotion.name]
        assert in_binomial_band((inside["arm"] == "control").sum(), len(inside), promotion.control)
        day = (orders["order_date"] - pd.Timestamp("2023-01-01")).dt.days
        bought = orders.loc[(day >= first) & (day < first + promotion.window), "customer_id"].value_counts()
        for arm, group in inside.groupby("arm", observed=True):
            who = place[group["customer_id"]].to_numpy()
            years = passed(pace, np.full(len(who), first), np.minimum(base.ends[who], first + promotion.window))
            mean = float((base.rate[who] * years).sum()) * (1 + promotion.lifts.get(str(arm), 0.0))
            count = int(bought.reindex(group["customer_id"]).sum())
            assert in_poisson_band(count, mean), (promotion.name, arm)
            told = company.expected.campaigns.loc[(promotion.name, arm)]
            assert told["customers"] == len(group)
            # Responses are independent given the customers, and vary less than a binomial of their mean chance.
            assert in_binomial_band((group["responded"] == "yes").sum(), len(group), told["response"]), arm
    treated = company.expected.campaigns.query("arm != 'control'")
    assert (treated["response_effect"].gt(0.02) == treated["lift"].gt(0)).all()
    assert treated.loc["catalogue 2025", "response_effect"].eq(0).all()


def test_answers_have_the_counted_shares(made: clv.simulate.SimulatedCompany) -> None:
    surveys = made.tables["surveys"]
    answered = surveys["nps"].notna()
    assert in_binomial_band(answered.sum(), len(surveys), made.plan.response)
    month = surveys["survey_date"].dt.to_period("M")
    for one, down in (("2025-03", True), ("2025-01", False), ("2025-08", False)):
        rows = surveys[answered & (month == one)].drop_duplicates("customer_id")
        shares = true_scores(made.plan, down=down)
        for score in (1, 2, 3, 4, 5):
            assert in_binomial_band((rows["csat"] == score).sum(), len(rows), shares["csat"][score - 1]), score
        for score in range(11):
            count = (rows["nps"] == score).sum()
            assert in_binomial_band(count, len(rows), min(shares["nps"][score], 1.0)), score
        told = made.expected.months.loc[one]
        assert told["nps"] == pytest.approx(100 * (shares["nps"][9:].sum() - shares["nps"][:7].sum()))
    assert shares["csat"].sum() == pytest.approx(1.0)
    assert shares["nps"].sum() == pytest.approx(1.0)


def test_the_driver_drives(made: clv.simulate.SimulatedCompany) -> None:
    items = list(made.plan.drivers)
    rows = made.tables["surveys"].dropna(subset=["nps"])
    design = np.column_stack([rows[items].astype(float), np.ones(len(rows))])
    slopes = np.linalg.lstsq(design, rows["nps"].astype(float), rcond=None)[0][:-1]
    np.testing.assert_allclose(slopes, np.array(list(made.plan.drivers.values())) / 100, atol=0.01)


def test_complaints_rise_in_the_month_and_take_longer(made: clv.simulate.SimulatedCompany, base: Base) -> None:
    table, pace = made.tables["complaints"], complaint_pace(made.plan)
    month = table["opened"].dt.to_period("M")
    for number in (12, BROKEN - 1, BROKEN, BROKEN + 1):
        since = np.maximum(base.begins, MONTH_STARTS[number])
        until = np.minimum(base.ends, MONTH_STARTS[number + 1])
        mean = made.plan.complaints * float(passed(pace, since, until).sum())
        rows = table[month == made.expected.months.index[number]]
        assert in_poisson_band(len(rows), mean), number
        mean_days = made.expected.months["resolution"].iloc[number]
        within = ((rows["resolved"] - rows["opened"]).dt.days < 7).sum()
        assert in_binomial_band(within, len(rows), made.plan.resolved * -np.expm1(-7 / mean_days)), number


def test_referrals_and_wins_are_as_planned(made: clv.simulate.SimulatedCompany, base: Base) -> None:
    referrals, deals = made.tables["referrals"], made.tables["opportunities"]
    active = passed(np.arange(DAYS + 1.0), base.begins, base.ends)
    channel = referrals["referrer_id"].map(made.truth.set_index("customer_id")["channel"])
    for number, (name, planned) in enumerate(made.plan.channels.items()):
        mean = planned.referrals * float(active[base.channel == number].sum())
        assert in_poisson_band((channel == name).sum(), mean), name
    assert in_binomial_band((referrals["converted"] == "yes").sum(), len(referrals), made.plan.referral_conversion)
    closed = deals[deals["status"] != "open"]
    assert in_binomial_band((closed["status"] == "won").sum(), len(closed), made.plan.win)
    assert (closed["closing_date"] <= "2025-12-31").all()
    assert (deals.loc[deals["status"] == "open", "closing_date"] > "2025-12-31").all()


def test_who_is_referred_came_afterwards_by_referral(made: clv.simulate.SimulatedCompany) -> None:
    known = made.tables["referrals"].dropna(subset="referred_id")
    customers = made.tables["customers"].set_index("customer_id").loc[known["referred_id"]]
    assert known["referred_id"].is_unique
    assert len(known) > 0.9 * (made.tables["referrals"]["converted"] == "yes").sum()
    assert (customers["channel"] == "referral").all()
    assert (customers["acquisition_date"].to_numpy() >= known["referral_date"].to_numpy()).all()
    assert (known["referred_id"] != known["referrer_id"]).all()


def test_the_engaged_make_more_events_and_more_orders(made: clv.simulate.SimulatedCompany, base: Base) -> None:
    active = passed(np.arange(DAYS + 1.0), base.begins, base.ends)
    level = made.tables["events"]["customer_id"].map(made.truth.set_index("customer_id")["engagement"])
    for engagement in (0.5, 1.0, 2.0):
        here = base.engagement == engagement
        assert in_poisson_band((level == engagement).sum(), made.plan.events * engagement * float(active[here].sum()))
    rates = made.truth.groupby("engagement")["rate"].mean()
    assert rates[2.0] / rates[0.5] == pytest.approx(1.4 / 0.8, rel=0.02)


def test_members_buy_more_and_the_engaged_join_more(made: clv.simulate.SimulatedCompany) -> None:
    without = clv.simulate.Plan(programme=clv.simulate.Programme(lift=0.0))
    plain = clv.simulate.company(N, seed=SEED, plan=without).truth
    member = plain["member_from"].notna()
    np.testing.assert_array_equal(member, made.truth["member_from"].notna())
    gain = (made.truth["expected_orders"] - plain["expected_orders"])[member]
    assert gain.gt(0).mean() > 0.95
    assert np.allclose(made.truth.loc[~member, "expected_orders"], plain.loc[~member, "expected_orders"])
    early = made.truth["acquired"] < "2025-06-01"
    joined = member[early].groupby(made.truth.loc[early, "engagement"]).mean()
    assert joined[2.0] > 1.4 * joined[0.5]


def test_subscriptions_end_for_the_planned_reasons(made: clv.simulate.SimulatedCompany) -> None:
    table = made.tables["subscriptions"]
    left = table[table["reason"].notna()]
    until = table["end_date"].fillna(pd.Timestamp("2025-12-31"))
    months = (until - table["start_date"]).dt.days / (365.25 / 12)
    for reason, planned in made.plan.leaving.items():
        for discount, factor in (("no", 1.0), ("yes", planned.discount)):
            count = ((left["reason"] == reason) & (left["discount"] == discount)).sum()
            # Days of leaving are rounded up, half a day on average: 1 in 1,000 of the time here.
            mean = planned.hazard * factor * months[table["discount"] == discount].sum()
            assert abs(count - mean) < 4 * np.sqrt(mean) + 0.004 * mean, (reason, discount)
    assert left["end_date"].notna().all()
    assert table.loc[table["reason"].isna(), "end_date"].isna().all()


def test_margin_is_the_expected_one(made: clv.simulate.SimulatedCompany) -> None:
    orders = made.tables["orders"]
    truth = made.truth.set_index("customer_id")
    expected = orders["amount"] * orders["customer_id"].map(truth["margin"])
    gap = orders["amount"] - orders["cost"] - expected
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap))


def test_products_go_in_pairs(made: clv.simulate.SimulatedCompany) -> None:
    lines = made.tables["order_lines"]
    code = lines["product_id"].cat.codes.to_numpy().astype(int)
    same = (lines["order_id"] == lines["order_id"].shift(-1)).to_numpy()[:-1]
    paired = (code[1:] == (code[:-1] + 12) % 24)[same]
    assert in_binomial_band(paired.sum(), len(paired), 0.3 + 0.7 / 23)


def test_owners_follow_up_whom_they_own(made: clv.simulate.SimulatedCompany) -> None:
    table = made.tables["customers"]
    owned = table["owner"].notna()
    assert not (owned & table["public_pool"].notna()).any()
    assert table.loc[~owned, "last_followed_up"].isna().all()
    for kind, share in zip(("end customer", "dealer", "partner"), (0.55, 0.95, 0.90), strict=True):
        rows = table["customer_type"] == kind
        assert in_binomial_band((rows & owned).sum(), rows.sum(), share), kind
    contacts = made.tables["contacts"]
    last = contacts[contacts["direction"] == "outbound"].groupby("customer_id")["contact_date"].max()
    assert table.set_index("customer_id")["last_followed_up"].dropna().sort_index().equals(
        last.rename("last_followed_up").sort_index()
    )  # fmt: skip
