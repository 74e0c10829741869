"""Grades by hand: cuts, ties, missing scores, and how much they owe to the weights."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers.grades import grade, read_actions


def scores(n: int, seed: int = 1) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).uniform(0.0, 100.0, (n, 3)), columns=["value", "loyalty", "profit"])


def test_ten_customers_by_hand() -> None:
    found = grade(pd.DataFrame({"value": np.arange(10.0)}), weights="equal")
    assert "".join(found.table["grade"].astype(str)) == "DDDDCCCBBA"
    assert found.table["rank"].tolist() == list(range(10, 0, -1))
    assert found.sizes["customers"].to_dict() == {"A": 1, "B": 2, "C": 3, "D": 4}
    assert found.sizes.loc["B", "least"] == 7.0


def test_totals_are_weighted_means() -> None:
    table = pd.DataFrame({"value": [80.0, 20.0], "loyalty": [40.0, 60.0]})
    assert grade(table, weights={"value": 3, "loyalty": 1}).table["total"].tolist() == [70.0, 30.0]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100, 1001])
def test_shares_are_met_and_sizes_sum_to_the_base(n: int) -> None:
    found = grade(scores(n), weights="equal")
    assert found.sizes["customers"].sum() == n
    np.testing.assert_allclose(found.sizes["share"].cumsum(), [0.1, 0.3, 0.6, 1.0], atol=1.0 / n)
    order = found.table.sort_values("rank")["grade"].cat.codes
    assert order.is_monotonic_increasing


def test_ties_share_a_grade_that_of_their_middle() -> None:
    found = grade(pd.DataFrame({"value": [9.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 1.0, 0.0]}), weights="equal")
    # The seven lie from .1 to .8 of the base: the middle is .45, which is in C.
    assert "".join(found.table["grade"].astype(str)) == "ACCCCCCCDD"
    assert found.table["rank"].tolist()[:3] == [1, 2, 2]
    alike = grade(pd.DataFrame({"value": [50.0] * 8, "loyalty": [1.0] * 8}), weights="entropy")
    assert set(alike.table["grade"]) == {"C"}
    assert (alike.sensitivity["changed"] == 0.0).all()


def test_equal_customers_have_equal_totals_wherever_they_stand() -> None:
    once = scores(1000)
    table = pd.concat([once, once.iloc[::-1]], ignore_index=True)
    total = grade(table, weights={"value": 0.1, "loyalty": 0.7, "profit": 0.2}).table["total"].to_numpy()
    np.testing.assert_array_equal(total[:1000], total[1000:][::-1])


def test_boundaries_instead_of_shares() -> None:
    table = pd.DataFrame({"value": [80.0, 79.999, 60.0, 59.0]})
    found = grade(table, weights="equal", tiers=["gold", "silver", "other"], boundaries=[80.0, 60.0])
    assert found.table["grade"].tolist() == ["gold", "silver", "silver", "other"]


def test_who_has_no_scores_is_kept_and_counted() -> None:
    table = pd.DataFrame({"value": [90.0, np.nan, 10.0], "loyalty": [50.0, np.nan, 40.0]}, index=list("abc"))
    found = grade(table, weights="equal")
    assert found.table.loc["b", ["total", "grade", "rank"]].isna().all()
    assert found.sizes.loc["unscored", "customers"] == 1
    assert found.sizes["customers"].sum() == 3
    assert [note.code for note in found.notes] == ["grades.unscored"]
    assert np.isnan(found.steadiness["b"])
    nobody = grade(table.loc[["b"]], weights="entropy")
    assert nobody.sizes["customers"].to_dict() == {"A": 0, "B": 0, "C": 0, "D": 0, "unscored": 1}
    assert nobody.sensitivity["changed"].isna().all()


def test_no_rows_are_no_customers() -> None:
    found = grade(scores(0), weights="equal")
    assert found.sizes["customers"].sum() == 0


def test_sensitivity_against_grading_again() -> None:
    table = scores(300)
    weights = {"value": 0.5, "loyalty": 0.3, "profit": 0.2}
    found = grade(table, weights=weights)
    again = grade(table, weights="equal").table["grade"]
    changed = found.sensitivity["changed"]
    assert changed["equal"] == (again != found.table["grade"]).mean()
    up = grade(table, weights=weights | {"loyalty": 0.45}).table["grade"]
    assert changed["loyalty_up"] == (up != found.table["grade"]).mean()
    assert found.sensitivity.loc["profit_down", "dimension"] == "profit"
    assert len(changed) == 2 + 6 + 1
    assert changed["around"] == pytest.approx(1.0 - found.steadiness.mean())
    assert found.steadiness.between(0.0, 1.0).all()


def test_one_dimension_owes_nothing_to_weights() -> None:
    found = grade(scores(50)[["value"]])
    assert (found.sensitivity["changed"] == 0.0).all()
    assert (found.steadiness == 1.0).all()


def test_who_is_near_a_cut_is_less_steady() -> None:
    found = grade(scores(2000), weights="equal")
    cut = found.sizes.loc["C", "least"]
    away = (found.table["total"] - cut).abs()
    assert found.steadiness[away < 1.0].mean() < 0.75 < 0.95 < found.steadiness[found.table["total"] < cut - 20].mean()


def test_weights_of_dimensions_without_data_are_said() -> None:
    found = grade(scores(20), weights={"value": 1, "loyalty": 1, "satisfaction": 2})
    (note,) = found.notes
    assert (note.code, note.values["dimensions"]) == ("grades.weights_without_data", ("satisfaction",))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"shares": (0.5, 0.6, 0.0, 0.0)}, "sum to 1"), ({"shares": (0.5, 0.5)}, "4 numbers"),
     ({"boundaries": (80, 60)}, "3 numbers, descending"), ({"boundaries": (20, 40, 60)}, "descending"),
     ({"shares": (0.1, 0.2, 0.3, 0.4), "boundaries": (3, 2, 1)}, "not both"), ({"tiers": ("A", "A")}, "each once"),
     ({"tiers": ("A",)}, "two names"), ({"tiers": ("A", "B")}, "shares= is needed"), ({"seed": -1}, "seed")],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        grade(scores(20), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "message"),
    [(pd.DataFrame({"value": [101.0]}), "within 0 to 100; 'value'"),
     (pd.DataFrame({"value": ["high"]}), "'value' holds"),
     (pd.DataFrame(index=[1]), "none"), (pd.DataFrame({"value": [1.0, 2.0]}, index=["a", "a"]), r"\['a'\]")],
)  # fmt: skip
def test_tables_that_are_no_scores_are_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        grade(table)


GOOD = """
[A]
actions = ["account_manager"]
service = "personal"
contact_every = 30
budget = 0.6
[B]
actions = ["automated_mail"]
service = "standard"
contact_every = 90
budget = 0.4
"""


def test_our_actions_are_of_all_tiers() -> None:
    found = read_actions()
    assert list(found.index) == ["A", "B", "C", "D"]
    assert list(found.columns) == ["actions", "service", "contact_every", "budget"]
    assert found["contact_every"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("", "", None), ("[B]", "[C]", "lacks B"), ("[B]", '[Z]\nx = 1\n[B]', "has Z, which is no tier"),
     ("budget = 0.4", "budget = 0.5", "sum to 1.1"), ("budget = 0.4", "budget = true", "is a share"),
     ("= 90", "= 0", "1 or more; found 0"), ("= 90", '= "often"', "1 or more"),
     ("budget = 0.4", "", "found actions, service"),
     ('["automated_mail"]', '["Automated Mail"]', "snake_case"), ('["automated_mail"]', "[]", "snake_case"),
     ('["automated_mail"]', '"automated_mail"', "snake_case"), ("= 90", "= = 90", "no TOML file")],
)  # fmt: skip
def test_files_of_actions(tmp_path: object, old: str, new: str, message: str | None) -> None:
    file = tmp_path / "own.toml"  # type: ignore[operator]
    file.write_text(GOOD.replace(old, new) if old else GOOD, encoding="utf-8")
    if message is None:
        assert read_actions(file, tiers=("A", "B")).loc["A", "actions"] == ("account_manager",)
    else:
        with pytest.raises(clv.InputError, match=message):
            read_actions(file, tiers=("A", "B"))


def test_no_file_of_actions() -> None:
    with pytest.raises(clv.InputError, match="no file of actions"):
        read_actions("nowhere.toml")
