"""What a contact changes: given, counted, and measured on a campaign."""

import numpy as np
import pandas as pd
import pytest
from contact_worlds import band, sent
from scipy import stats

import clvlab as clv
from clvlab.errors import InputError
from clvlab.evaluation.contacting import Response, flat_response, lift_response, response_of


def campaign(treated: list[int], control: list[int], before: int = 1) -> tuple[pd.DataFrame, clv.Orders]:
    """So many purchases of each customer after 1 June, and as many of everybody before it."""
    bought, rows = [], []
    for arm, counts in (("mail", treated), ("control", control)):
        for i, count in enumerate(counts):
            who = f"{arm}{i}"
            rows.append((who, "june", arm, "2024-06-01"))
            bought += [(who, f"2024-03-{day + 1:02d}", 10.0) for day in range(before)]
            bought += [(who, f"2024-06-{day + 1:02d}", 10.0) for day in range(count)]
    bought.append(("watched", "2024-09-30", 10.0))
    frame = pd.DataFrame(rows, columns=["customer", "campaign", "arm", "date"])
    return frame, clv.read_orders(pd.DataFrame(bought, columns=["customer_id", "date", "amount"]))


def test_a_normal_lift_has_its_quantiles() -> None:
    found = lift_response(0.1, sd=0.05)
    assert found.mean == 0.1
    np.testing.assert_allclose(found.points, stats.norm.ppf((np.arange(1000) + 0.5) / 1000, 0.1, 0.05))
    np.testing.assert_allclose([found.low, found.high], stats.norm.interval(0.9, 0.1, 0.05))
    drawn = found.drawn(200, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(0.1, abs=1e-12)  # spread evenly, not at random
    same = lift_response(0.1, low=found.low, high=found.high)
    np.testing.assert_allclose(same.points, found.points)


def test_counts_are_a_beta() -> None:
    found = flat_response(successes=3, contacts=10)
    assert found.mean == pytest.approx(3.5 / 11)
    np.testing.assert_allclose([found.low, found.high], stats.beta.ppf([0.05, 0.95], 3.5, 7.5), atol=2e-4)
    less = flat_response(successes=3, contacts=10, control_successes=3, control_contacts=10)
    assert less.mean == 0.0
    assert less.points.mean() == pytest.approx(0.0, abs=1e-3)
    assert less.points.std() == pytest.approx(np.sqrt(2) * found.points.std(), rel=0.01)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: lift_response(-2.0), "lift= is a number of -1 or more"),
        (lambda: lift_response(0.1, low=0.0), "together"),
        (lambda: lift_response(0.1, low=0.2, high=0.3), "both sides"),
        (lambda: lift_response(0.1, low=0.0, high=0.3, sd=0.1), "not at all"),
        (lambda: flat_response(), "give one of the two"),
        (lambda: flat_response(0.1, successes=1, contacts=2), "give one of the two"),
        (lambda: flat_response(successes=3, contacts=2), "successes= is a number"),
        (lambda: flat_response(1.5), "chance="),
    ],
)
def test_what_is_no_response_is_refused(make: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()  # type: ignore[operator]


def test_a_lift_by_hand() -> None:
    treated, control = [0, 1, 2, 3, 0, 1, 2, 3] * 8, [0, 1, 0, 2] * 16
    found = response_of(*campaign(treated, control), days=30)
    assert found.mean == pytest.approx(1.5 / 0.75 - 1)
    # Fieller's interval of a ratio of two independent means, worked out by its quadratic.
    m1, m0, n = 1.5, 0.75, 64
    v1, v0 = np.var(treated, ddof=1) / n, np.var(control, ddof=1) / n
    t2 = stats.t.ppf(0.95, 2 * n - 1) ** 2
    roots = np.roots([m0**2 - t2 * v0, -2 * m1 * m0, m1**2 - t2 * v1])
    np.testing.assert_allclose(sorted([found.low + 1, found.high + 1]), sorted(roots))
    assert found.source.values["contacted"] == 64
    assert found.days == 30


def test_purchases_before_and_after_the_window_do_not_count() -> None:
    frame, orders = campaign([2] * 20 + [0] * 20, [1] * 20 + [0] * 20)
    assert response_of(frame, orders, days=1).mean == pytest.approx(0.0)  # on the first day
    assert response_of(frame, orders, days=2).mean == pytest.approx(1.0)


def test_a_control_group_that_is_not_random_is_refused() -> None:
    frame, orders = campaign([1, 0, 2] * 30, [1, 0, 1] * 30)
    bought = orders.purchases()
    more = bought[bought["customer_id"].str.startswith("mail") & (bought["date"] < "2024-06-01")]
    both = pd.concat([bought, more.assign(date=more["date"] + pd.Timedelta(days=9))])
    with pytest.raises(InputError, match=r"not random.*lift_response"):
        response_of(frame, clv.read_orders(both), days=30)


def test_what_cannot_be_measured_says_what_to_do() -> None:
    frame, orders = campaign([1, 0, 2] * 30, [1, 0, 1] * 30)
    with pytest.raises(InputError, match="control="):
        response_of(frame.assign(arm="mail"), orders)
    with pytest.raises(InputError, match="arm="):
        response_of(frame.assign(arm=np.where(np.arange(180) % 7 == 0, "post", frame["arm"])), orders)
    with pytest.raises(InputError, match="Shorten days"):
        response_of(frame, orders, days=200)
    with pytest.raises(InputError, match="1 of 180 rows"):
        response_of(frame.assign(arm=frame["arm"].where(frame.index != 3)), orders)
    with pytest.raises(InputError, match="more than once"):
        response_of(pd.concat([frame, frame.iloc[:1]]), orders)
    with pytest.raises(InputError, match="orders="):
        response_of(frame)
    with pytest.raises(InputError, match="date is not there"):
        response_of(frame.drop(columns="date"), orders)
    quiet, orders = campaign([1, 0, 0] * 30, [0] * 90)
    with pytest.raises(InputError, match="Too few purchases"):
        response_of(quiet, orders, days=30)


def test_a_control_group_can_be_named() -> None:
    frame, orders = campaign([1, 0, 2] * 30, [1, 0, 1] * 30)
    named = frame.assign(arm=frame["arm"].replace("control", "nothing sent"))
    found = response_of(named, orders, control="nothing sent", days=30)
    assert isinstance(found, Response)
    assert found.mean == pytest.approx(response_of(frame, orders, days=30).mean)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_planted_lift_is_in_the_interval_and_random_groups_are_not_refused() -> None:
    held, refused = 0, []
    plan = clv.simulate.Plan.nothing()
    for seed in range(100):
        made = clv.simulate.company(1500, seed=seed, plan=plan)
        try:
            found = response_of(*sent(made), campaign="double eleven 2025", days=30)
        except InputError as error:
            refused.append(str(error))
            continue
        held += found.low <= 0.0 <= found.high
    assert all("not random" in each for each in refused)
    assert len(refused) <= 2  # one in a thousand is to be
    low, high = band(0.9, 100 - len(refused))
    assert low <= held <= high
