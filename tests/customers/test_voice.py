"""Measures of answers, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clvlab import customers
from clvlab.customers import Measure, csat, mean_score, nps, response_rate, satisfaction_index
from clvlab.customers.intervals import net_share
from clvlab.errors import InputError
from clvlab.words import ENGLISH

ITEMS = pd.DataFrame({"price": [10, 1, None, None], "service": [10, 4, 7, None], "range": [10, 7, 1, None]})


def test_nps_by_hand() -> None:
    """Two promoters, a passive and a detractor: 25 points."""
    found = nps([10, 9, 8, None, 0])
    assert (found.id, found.value, found.n) == ("nps", 25.0, 4)
    assert [found.low, found.high] == pytest.approx([100 * float(end) for end in net_share(2, 1, 4)[1:]])
    assert nps([10, 8, 7, 0], promoters=8, detractors=7).value == 0.0


def test_nps_where_all_are_promoters() -> None:
    found = nps([10] * 20)
    assert (found.value, found.high, found.n) == (100.0, 100.0, 20)
    assert 60 < found.low < 90
    against = nps([0] * 20)
    assert (against.value, against.low, against.high) == (-100.0, -100.0, pytest.approx(-found.low))


@pytest.mark.parametrize("measure", [nps, csat, mean_score])
@pytest.mark.parametrize("nothing", [[], [None, np.nan, pd.NA], pd.Series([], dtype=float)])
def test_no_answers(measure: object, nothing: object) -> None:
    found = measure(nothing)  # type: ignore[operator]
    assert found.n == 0
    assert np.isnan([found.value, found.low, found.high]).all()


def test_one_answer() -> None:
    found = nps([9])
    assert (found.value, found.high, found.n) == (100.0, 100.0, 1)
    assert -100 < found.low < 0
    alone = mean_score([4])
    assert (alone.value, alone.n) == (4.0, 1)
    assert np.isnan([alone.low, alone.high]).all()
    assert csat([4]).low == pytest.approx(0.05)


def test_answers_off_the_scale_are_named() -> None:
    with pytest.raises(InputError, match=r"between 0 and 10; found 11, 99 \(3 in all\).*Leave codes such as 99"):
        nps([11, 99, 99, 10])
    with pytest.raises(InputError, match="between 1 and 5; found 0"):
        csat([0, 5])
    with pytest.raises(InputError, match=r"are numbers; found very good \(1 in all\)"):
        csat([5, "very good"])
    with pytest.raises(InputError, match="between 1 and 10; found 11"):
        satisfaction_index(pd.DataFrame({"price": [11]}), items=["price"])


def test_answers_as_any_column_has_them() -> None:
    told = [9, 10, None, 3]
    expected = nps(told)
    assert nps(pd.Series(told, dtype="Int64", index=[5, 5, 7, 8])) == expected
    assert nps(pd.Series(["9", "10", None, "3"])) == expected
    assert nps(np.array([9, 10, np.nan, 3])) == expected


def test_thresholds_that_cannot_be() -> None:
    with pytest.raises(InputError, match="Detractors answer less than promoters"):
        nps([9], promoters=6)
    with pytest.raises(InputError, match="satisfied="):
        csat([3], satisfied=6)
    with pytest.raises(InputError, match="satisfied="):
        csat([3], satisfied=1)


def test_csat_by_hand() -> None:
    found = csat([5, 4, 3, 1, None])
    assert (found.id, found.value, found.n) == ("csat", 0.5, 4)
    assert csat([7, 6, 5, 4], satisfied=6, of=7).value == 0.5
    everybody = csat([5] * 12)
    assert everybody.high == 1.0
    assert everybody.low == pytest.approx(0.05 ** (1 / 12))


def test_mean_score_by_hand() -> None:
    """Answers that lie as far above their mean as below have Student's interval."""
    found = mean_score([2, 3, 3, 4, None])
    assert (found.id, found.value, found.n) == ("mean_score", 3.0, 4)
    assert [found.low, found.high] == pytest.approx(stats.t.interval(0.95, 3, 3.0, stats.sem([2, 3, 3, 4])))
    wide = mean_score([1, 5])
    assert (wide.low, wide.high) == (1.0, 5.0)  # not beyond the scale


def test_response_rate_by_hand() -> None:
    found = response_rate(0, 10)
    assert (found.value, found.low, found.n) == (0.0, 0.0, 10)
    assert found.high == pytest.approx(1 - 0.05**0.1)
    assert np.isnan(response_rate(0, 0).value)
    with pytest.raises(InputError, match="answered= lies between 0 and asked=3; found 4"):
        response_rate(4, 3)


def test_satisfaction_index_by_hand() -> None:
    """Respondents have 100, (0 + 33.3 + 66.7)/3 = 33.3 and, the price left out, (66.7 + 0)/2 = 33.3."""
    found = satisfaction_index(ITEMS, items=["price", "service", "range"])
    assert (found.id, found.n) == ("satisfaction_index", 3)
    assert found.value == pytest.approx(500 / 9)
    assert 0.0 <= found.low < found.value < found.high <= 100.0


def test_satisfaction_index_with_weights_by_hand() -> None:
    """Weights 1, 2, 1: 100, (0 + 2 x 33.3 + 66.7)/4 = 33.3, and 2/3 x 66.7 = 44.4."""
    items = ["price", "service", "range"]
    found = satisfaction_index(ITEMS, items=items, weights=[1, 2, 1])
    assert found.value == pytest.approx((100 + 100 / 3 + 400 / 9) / 3)
    assert satisfaction_index(ITEMS, items=items, weights={"range": 10, "price": 10, "service": 20}) == found
    only = satisfaction_index(ITEMS, items=items, weights=[1, 0, 0])
    assert (only.value, only.n) == (50.0, 2)  # who left the price out has no weight left


def test_satisfaction_index_at_its_edges() -> None:
    empty = satisfaction_index(ITEMS.iloc[3:], items=["price", "service"])
    assert empty.n == 0
    assert np.isnan([empty.value, empty.low]).all()
    one = satisfaction_index(ITEMS.iloc[:1], items=["price"])
    assert (one.value, one.n) == (100.0, 1)
    assert np.isnan(one.low)
    for weights in ([1, 2], [1, -1, 1], [0, 0, 0], {"price": 1}):
        with pytest.raises(InputError, match="weights="):
            satisfaction_index(ITEMS, items=["price", "service", "range"], weights=weights)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="there is no delivery, only price, service, range"):
        satisfaction_index(ITEMS, items=["delivery"])
    with pytest.raises(InputError, match="scale="):
        satisfaction_index(ITEMS, items=["price"], scale=(10, 1))


def test_definitions_say_what_was_counted() -> None:
    assert ENGLISH.say(nps([9], promoters=8).definition).startswith(
        "Share of answers of 8 or more (promoters) minus the share of 6 or less (detractors)"
    )
    found = satisfaction_index(ITEMS, items=["price", "service"], weights=[1, 3])
    assert "1 counts 0 and 10 counts 100: price 25%, service 75%." in ENGLISH.say(found.definition)


def test_every_measure_of_answers_is_exported() -> None:
    assert set(customers.voice.__all__) <= set(customers.__all__)
    assert isinstance(nps([9]), Measure)
