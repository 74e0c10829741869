"""Every part of every page, on small studies whose truth is simulated, in English and in a language made up."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.text import Text

import clvlab as clv
from clvlab import churn, figures
from clvlab.customers.actions import ActionsStudy
from clvlab.evaluation import ComparisonStudy
from clvlab.evaluation.competitors import Past, Waiting
from clvlab.formulas import bg_nbd, gamma_gamma
from clvlab.notes import Note
from clvlab.pages import (
    ActionsPage,
    AuditPage,
    ChurnPage,
    ComparisonPage,
    CustomerBasePage,
    CustomerValuePage,
    NextProductPage,
    Page,
    SegmentsAndGradesPage,
    VoicePage,
)
from clvlab.pages.exhibits import Answer, Exhibit, Figure, File, Notice, Section, Table, exhibit_of, figure
from clvlab.pages.exhibits.alternatives import SHOWN
from clvlab.words import ENGLISH, Locale

mpl.use("agg")
# where no Chinese font is installed
pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
EVIL = "<script>alert(1)</script>"


def orders(n: int, seed: int, *, amounts: bool = True) -> pd.DataFrame:
    """Orders of 18 months by customers acquired in the first quarter, who live the BG/NBD story."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 84, n)
    customer, time, _ = bg_nbd.simulate(rng, (545 - first) / 7.0, r=0.8, alpha=6.0, a=0.6, b=2.5)
    day = np.concatenate([first, first[customer] + np.ceil(time * 7.0).astype(int)])
    who = np.concatenate([np.arange(n), customer])
    _, spend = gamma_gamma.simulate(rng, np.bincount(who, minlength=n), 6.0, 4.0, 15.0)
    order = np.argsort(who, kind="stable")
    dates = pd.Timestamp("2020-01-01") + pd.to_timedelta(day[order], unit="D")
    table = pd.DataFrame({"customer": [f"C{i}" for i in who[order]], "date": dates, "amount": spend})
    table["country"] = np.where(who[order] % 2, "UK", "法国")
    table.loc[table["customer"] == table["customer"].value_counts().index[0], "customer"] = EVIL
    table = pd.concat([table[table["date"] <= "2021-06-30"], table.head(1), table.head(1).assign(date=pd.NaT)])
    return table if amounts else table.drop(columns="amount")


@pytest.fixture(scope="module")
def valued() -> Any:
    return clv.value_study(clv.read_orders(orders(300, 3)), method="ml")


@pytest.fixture(scope="module")
def grocery() -> Any:
    return clv.value_study(clv.read_orders(orders(300, 3, amounts=False)), method="ml")


@pytest.fixture(scope="module")
def subscribed() -> Any:
    table = clv.datasets.subscriptions(500).rename(columns={"plan": EVIL})
    return churn.study(subscriptions=table, reason="reason", value="monthly_fee", contact_cost=5.0)


@pytest.fixture(scope="module")
def inactive() -> Any:
    return churn.study(orders=clv.read_orders(orders(300, 5)))


@pytest.fixture(scope="module")
def tenures() -> Any:
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"tenure": rng.integers(1, 40, 200), "left": rng.integers(0, 2, 200)})
    return churn.study_subscriptions(table, duration="tenure", event="left")


@pytest.fixture(scope="module")
def compared() -> Any:
    read = clv.read_orders(orders(160, 4), attributes=["country"])
    return clv.comparison_study(read, segment="country", contact_cost=5.0)


@pytest.fixture(scope="module")
def company() -> Any:
    made = clv.simulate.company(400, seed=3)
    tables = dict(made.tables)
    tables["customers"] = tables["customers"].assign(region=lambda t: t["region"].where(t["region"] != "north", EVIL))
    return clv.read_company(tables, as_of="2025-12-31")


@pytest.fixture(scope="module")
def base(company: Any) -> Any:
    return clv.customers.study(company, by="region", targets={"nps": 20.0, "churn_rate": 0.02})


@pytest.fixture(scope="module")
def base_of_orders() -> Any:
    return clv.customers.study(clv.read_company({"orders": orders(300, 8)}), period="quarter")


@pytest.fixture(scope="module")
def audited(company: Any) -> Any:
    return clv.customers.AuditStudy.of(clv.customers.audit(company))


@pytest.fixture(scope="module")
def audited_orders() -> Any:
    return clv.customers.AuditStudy.of(clv.customers.audit(clv.read_orders(orders(200, 6)), period="quarter"))


@pytest.fixture(scope="module")
def audited_periods() -> Any:
    rng = np.random.default_rng(9)
    made = pd.DataFrame(rng.poisson(0.8, (300, 3)), columns=["2021", "2022", "2023"])
    return clv.customers.AuditStudy.of(clv.customers.audit(transactions=made, spend=made * 10), target=5_000.0)


@pytest.fixture(scope="module")
def heard(company: Any) -> Any:
    return clv.customers.study_answers(company, by="region")


@pytest.fixture(scope="module")
def heard_alone() -> Any:
    rng = np.random.default_rng(4)
    items = pd.DataFrame(rng.integers(1, 11, (200, 3)), columns=["speed", "taste", "help"])
    told = items.assign(total=np.clip(items.mean(axis=1).round() + rng.integers(-1, 2, 200), 1, 10), remarks=EVIL)
    return clv.customers.study_answers(clv.read_company({"surveys": told}, as_of="2025-01-01"), overall="total")


@pytest.fixture(scope="module")
def graded(company: Any) -> Any:
    return clv.segments_and_grades(company)


@pytest.fixture(scope="module")
def graded_orders() -> Any:
    return clv.segments_and_grades(clv.read_company({"orders": orders(300, 8)}), weights="entropy")


@pytest.fixture(scope="module")
def offered(company: Any) -> Any:
    return clv.customers.study_lines(company)


@pytest.fixture(scope="module")
def offered_alone() -> Any:
    rng = np.random.default_rng(5)
    order = np.repeat(np.arange(300), 3)
    told = pd.DataFrame({"order_id": order.astype(str), "product": rng.choice([*"abcdefg", EVIL], 900)})
    told.loc[order % 3 == 0, "product"] = np.tile(["left", "right", EVIL], 100)
    told["quantity"] = np.where(np.arange(900) % 50 == 0, -1, 1)
    return clv.customers.study_lines(clv.read_company({"order_lines": told}, as_of="2025-01-01"))


@pytest.fixture(scope="module")
def acted(company: Any) -> Any:
    return ActionsStudy(company)


@pytest.fixture(scope="module")
def acted_orders() -> Any:
    return ActionsStudy(clv.read_company({"orders": orders(300, 8)}))


# page, fixture of its study, and what is rightly empty for it
STUDIES: dict[str, tuple[type[Page], set[str]]] = {
    "valued": (CustomerValuePage, {"doubts"}),
    "grocery": (CustomerValuePage, {"doubts", "independence"}),
    "subscribed": (ChurnPage, {"cautions", "rule", "data", "tested"}),
    "inactive": (ChurnPage, {"causes", "projections"}),
    "tenures": (ChurnPage, {"cautions", "data", "causes", "early_warning", "tested", "trust"}),
    "compared": (ComparisonPage, set()),
    "base": (CustomerBasePage, {"missing"}),
    "base_of_orders": (CustomerBasePage, {"segments", "care", "engagement", "pipeline", "unusual"}),
    "heard": (VoicePage, {"cautions"}),
    "heard_alone": (VoicePage, {"cautions", "segments", "comments", "afterwards"}),
    "graded": (SegmentsAndGradesPage, {"cautions"}),
    "graded_orders": (SegmentsAndGradesPage, {"compared"}),
    "offered": (NextProductPage, {"cautions"}),
    "offered_alone": (NextProductPage, {"offers", "scores", "kinds"}),
    "acted": (ActionsPage, {"cautions"}),
    "acted_orders": (ActionsPage, {"campaigns", "together", "uplift", "lifetime"}),
    "audited": (AuditPage, {"cautions"}),
    "audited_orders": (AuditPage, {"categories"}),
    "audited_periods": (AuditPage, {"categories", "data"}),
}
# as the data have it, either way is right
MAYBE = {"cautions", "without_the_first_month", "doubts", "rule", "projections"}


def parts_of(kind: type[Page]) -> list[str]:
    return [name for name, part in vars(kind).items() if not name.startswith("_") and callable(part)]


def shown(page: Page, name: str, study: Any) -> Exhibit:
    part: Callable[..., Exhibit] = getattr(page, name)
    wants = part.__func__.__code__.co_argcount > 1  # type: ignore[attr-defined]
    return part(study) if wants else part()


def everything(exhibit: Exhibit) -> Iterator[Exhibit]:
    yield exhibit
    for part in getattr(exhibit, "parts", ()):
        yield from everything(part)


def tables_in(exhibit: Exhibit) -> list[Table]:
    return [each for each in everything(exhibit) if isinstance(each, Table)]


CASES = [(study, name) for study, (kind, _) in STUDIES.items() for name in ["heading", *parts_of(kind)]]


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest) -> Callable[[str, str], Exhibit]:
    """The exhibit of that part of that study's page, made once, as read back from an executed notebook."""
    known: dict[tuple[str, str], Exhibit] = {}

    def make(study: str, name: str) -> Exhibit:
        if (study, name) not in known:
            page = STUDIES[study][0](currency="GBP")
            exhibit = shown(page, name, request.getfixturevalue(study))
            output = json.loads(json.dumps({"x": exhibit.record()}, allow_nan=False))
            back = exhibit_of({"application/vnd.clvlab.exhibit+json": output["x"]})
            assert back is not None
            assert [table.html(ENGLISH) for table in tables_in(back)] == [
                table.html(ENGLISH) for table in tables_in(exhibit)
            ]
            known[study, name] = back
        return known[study, name]

    return make


@pytest.fixture(scope="module")
def english(made: Callable[[str, str], Exhibit]) -> Callable[[str, str], str]:
    """Its markup in English; figures take long to draw."""
    return cache(lambda study, name: made(study, name).html(ENGLISH))


@pytest.mark.parametrize(("study", "name"), CASES)
def test_every_part_shows_something_or_is_rightly_empty(english: Any, study: str, name: str) -> None:
    markup = english(study, name)
    assert "<script" not in markup.replace('<script type="application/json" class="clv-rest">', "")  # data, not run
    assert markup == "" or BeautifulSoup(markup, "html.parser").get_text().strip()
    if name in STUDIES[study][1]:
        assert markup == "" or name in MAYBE
    elif name not in MAYBE:
        assert markup != ""


def words_in(exhibit: Exhibit, locale: Locale) -> Iterator[str]:
    """Words of a page, those drawn in its figures among them, and without the code that saves a file."""
    drawings: list[str] = []

    def drawn(drawing: Any, locale: Locale) -> str:
        del locale
        drawings.extend(text.get_text() for text in drawing.findobj(Text))
        plt.close(drawing)
        return 'src=""'

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure, "_picture", drawn)
        page = BeautifulSoup(exhibit.html(locale), "html.parser")
    for kept in page.select(".clv-files, .clv-more"):
        kept.decompose()
    for text in [page.get_text(" "), *(image["alt"] for image in page.find_all("img")), *drawings]:
        yield from re.findall(r"[^\W\d_]{3,}", text)


def data_words(exhibit: Exhibit) -> set[str]:
    """What is a name in the data, in any language."""
    return set(re.findall(r"[^\W\d_]{3,}", json.dumps(_values(exhibit), ensure_ascii=False)))


def _values(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        own = value.reset_index()
        return [[_values(each) for each in own[column]] for column in own if own[column].dtype.kind not in "fiubM"]
    if isinstance(value, Note):
        return _values(value.values)
    if isinstance(value, dict):
        return [[key, _values(each)] for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [_values(each) for each in value]
    if isinstance(value, Exhibit):
        return [_values(each) for name, each in vars(value).items() if name not in ("locale", "key", "drawn_by")]
    return str(value)


# names of models and scores, and labels of the data, stay what they are
NAMES = {"NBD", "Pareto", "Gamma", "Cox", "Kaplan", "Meier", "Weibull", "script", "scrip", "alert", "mathdefault"}


@pytest.mark.parametrize(("study", "name"), CASES)
def test_every_part_is_told_in_another_language(made: Any, toy: str, study: str, name: str) -> None:
    exhibit = made(study, name).into(toy)
    assert exhibit.locale == Locale(toy, "GBP")
    names = NAMES | data_words(exhibit)
    left = {word for word in words_in(exhibit, exhibit.locale) if word != word.upper() and word not in names}
    assert left == set()


@pytest.mark.parametrize("study", STUDIES)
def test_numbers_are_the_same_in_every_language(made: Any, toy: str, study: str) -> None:
    for table in found(made, study, Table):
        cells = [
            [cell.get("data-sort") for cell in BeautifulSoup(table.html(locale), "html.parser").select("tbody td")]
            for locale in (ENGLISH, Locale(toy))
        ]
        assert cells[0] == cells[1] != []


@pytest.mark.parametrize(("study", "name"), CASES)
def test_tables_have_rows_captions_and_heads_and_pictures_their_text(english: Any, study: str, name: str) -> None:
    page = BeautifulSoup(english(study, name), "html.parser")
    for table in page.find_all("table"):
        assert table.caption.get_text().strip()
        assert table.select("tbody tr")
        heads = [head.get_text() for head in table.select("thead th")]
        assert all(heads)
        assert not [head for head in heads if re.fullmatch("[a-z]+(_[a-z0-9]+)+", head)]  # raw names of columns
    assert all(image["alt"].strip() for image in page.find_all("img"))


@pytest.mark.parametrize("study", STUDIES)
def test_the_answer_says_much_in_little(made: Any, study: str) -> None:
    answer = made(study, "answer")
    assert isinstance(answer, Answer)
    assert answer.lead(ENGLISH)
    identities = [metric.identity for metric in answer.metrics]
    assert len(set(identities)) == len(identities) >= 2
    assert all(metric.interval for metric in answer.metrics if metric.low is not None)
    assert "–" not in answer.tiles(ENGLISH)


def found(made: Any, study: str, kind: type) -> list[Any]:
    names = parts_of(STUDIES[study][0])
    return [each for name in names for each in everything(made(study, name)) if isinstance(each, kind)]


def numbers_of(value: Any) -> Iterator[np.ndarray]:
    """All numbers that a figure is drawn from."""
    if isinstance(value, pd.DataFrame):
        yield from (value[column].to_numpy(float, na_value=np.nan) for column in value.select_dtypes("number"))
    elif isinstance(value, np.ndarray):
        yield value.ravel().astype(float)
    elif isinstance(value, dict):
        for each in value.values():
            yield from numbers_of(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield np.array([float(value)])


def is_written(said: str, numbers: np.ndarray, locale: Locale) -> bool:
    """Whether a page would write one of the numbers so."""
    scale = {"%": 0.01, "万": 1e4, "亿": 1e8}.get(said[-1], 1.0)
    digits = re.sub(r"[^\d.-]", "", said)
    value, last_digit = float(digits) * scale, scale * 10.0 ** -len(digits.partition(".")[2])
    away = np.abs(numbers - value)
    near = np.argsort(away)[: (away <= max(0.51 * last_digit, 0.01 * abs(value))).sum()]
    specs = [f"{kind}{digits}" for kind in ("number", "percent", "money") for digits in ("", 0, 1, 2, 3)]
    return any(locale.written(numbers[place], spec) == said for place in near[:100] for spec in specs)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("study", STUDIES)
def test_alternative_texts_give_numbers_of_the_figure(made: Any, study: str, language: str) -> None:
    """What the caption says is read beside it; the alternative text says what the figure shows."""
    locale = Locale(language, "GBP")
    for each in found(made, study, Figure):
        said = each.text(locale)
        bare = re.sub(r"\d{4}年\d+月|(?:19|20)\d\d|90%|95%|10%|20%", " ", said)
        own = re.findall(r"[-£]*\d[\d,.]*(?:万|亿)?%?", bare)
        figures_of_it = {number.rstrip(".,") for number in own}
        drawn = np.unique(np.concatenate([*numbers_of(each.of), np.empty(0)]))
        assert any(is_written(number, drawn, locale) for number in figures_of_it), (each.key, said)
        caption = f"{each.key}.caption"
        told = locale.say(each.caption) if each.caption else ""
        if not told and caption in locale.words:
            told = locale.say(caption, **each.values)
        assert said != told
        assert "–" not in said, said


def test_every_kind_of_figure_says_what_it_shows() -> None:
    assert set(SHOWN) == set(figures.__all__)


@pytest.mark.parametrize("study", STUDIES)
def test_files_of_a_page_have_names_of_their_own(made: Any, study: str) -> None:
    names = [file.name for file in found(made, study, File)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("study", STUDIES)
def test_every_column_of_a_file_holds_something(made: Any, study: str) -> None:
    for file in found(made, study, File):
        empty = file.frame.isna() | (file.frame == "")
        assert [column for column in file.frame if empty[column].all()] == [], file.name


@pytest.mark.parametrize("study", STUDIES)
def test_every_column_of_a_file_is_documented(made: Any, study: str) -> None:
    written = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)`", written.split("## What reports write")[1]))
    told |= {f"value_{name}" for name in told}
    for file in found(made, study, File):
        assert file.name in told
        names = {*map(str, file.frame.columns), *map(str, filter(None, file.frame.index.names))}
        assert {re.sub(r"driver_\d+", "driver_1", name) for name in names} - told == set(), file.name


@pytest.mark.parametrize(("study", "name"), CASES)
def test_no_part_shows_what_is_no_word(english: Any, study: str, name: str) -> None:
    page = BeautifulSoup(english(study, name), "html.parser")
    for each in page.select(".clv-files, .clv-more"):
        each.decompose()
    said = [each.get_text() for each in page.select("p, li, caption, figcaption, td, th, .clv-notice, dt, dd")]
    for text in [*said, *(image["alt"] for image in page.find_all("img"))]:
        assert not re.search(r"\b(nan|NaN|NaT|None|inf|True|False)\b|<NA>|\{|\}|\(\)|\.\.|,,| [,.;:)]", text), text
        assert "  " not in text.strip()
        assert not re.search(r"\b[a-z]+_[a-z_]+\b", text), text  # raw ids


def test_orders_without_amounts_give_a_page_in_purchases(made: Any, grocery: Any) -> None:
    assert grocery.spend is None
    pages = {name: BeautifulSoup(made("grocery", name).html(Locale(currency="GBP")), "html.parser")
             for name in parts_of(CustomerValuePage)}  # fmt: skip
    text = " ".join(page.get_text(" ") for page in pages.values())
    assert "£" not in text
    assert "have no amounts" in text
    assert "expected to make" in pages["answer"].get_text()
    file = next(each for each in found(made, "grocery", File) if each.name == "customer_value")
    assert len(file.frame) == len(grocery.histories)
    best = pages["top_customers"].select("tbody tr")
    assert len(best) == 20
    assert EVIL in pages["top_customers"].get_text()


def test_the_value_page_names_the_total_it_computed(made: Any, valued: Any) -> None:
    total = Locale(currency="GBP").money(valued.value.total["clv"])
    assert total in made("valued", "answer").html(Locale(currency="GBP"))
    assert EVIL in BeautifulSoup(made("valued", "top_customers").html(ENGLISH), "html.parser").get_text()


def test_the_comparison_names_its_winner(made: Any, compared: Any) -> None:
    best = compared.comparison.verdict.best
    assert ENGLISH.label("competitor", best) in made("compared", "answer").lead(ENGLISH)
    (scores,) = (each for each in found(made, "compared", Table) if each.key == "comparison_report.scores")
    assert best in scores.frame.index


def test_neither_a_forecast_of_too_little_nor_a_failed_one_stands_first() -> None:
    field = {"little": clv.competitors.RetentionFormula(), "broken": Broken(), "BG/NBD": clv.BGNBD(),
             "mean": clv.baselines.CustomerMean()}  # fmt: skip
    orders = clv.datasets.cdnow()
    comparison = clv.compare(field, orders, spend=clv.GammaGamma(), calibration_end="1997-09-30", horizon=39, seed=1)
    study = ComparisonStudy(orders=orders, comparison=comparison, competitors=field, segment=None, contact_share=0.1,
                            contact_cost=None, contact_gain=1.0, seed=1)  # fmt: skip
    assert comparison.table["mae"].idxmin() == "little"
    assert np.isinf(comparison.table.loc[["little", "mean"], "deviance"]).all()  # zero where purchases came
    assert comparison.verdict.best_set == ("BG/NBD",)
    scores, value = ComparisonPage().scores(study), ComparisonPage().value(study)
    assert [list(table.frame.index) for table in tables_in(scores)] == [["BG/NBD", "little", "mean"], ["broken"]]
    assert [next(iter(table.frame.index)) for table in tables_in(value)] == ["BG/NBD"]
    (file,) = (each for each in everything(scores) if isinstance(each, File))
    assert file.frame.index.tolist() == ["BG/NBD", "little", "mean", "broken"]
    assert file.frame["failed"].tolist() == ["", "", "", "2357 customers are too few."]


@dataclass(frozen=True)
class Broken:
    """Gives no forecast."""

    def fit(self, past: Past) -> Waiting:
        raise clv.FitError(f"{len(past.histories)} customers are too few.")


def test_decisions_are_told_in_purchases_where_amounts_are_unknown() -> None:
    read = clv.read_orders(orders(160, 4, amounts=False))
    field = {"BG/NBD": clv.BGNBD(), "last_period": clv.baselines.LastPeriod()}
    study = ComparisonStudy(
        orders=read, comparison=clv.compare(field, read, seed=1), competitors=field, segment=None, contact_share=0.075,
        contact_cost=None, contact_gain=1.0, seed=1,
    )  # fmt: skip
    section = ComparisonPage(currency="GBP").acting(study)
    text = BeautifulSoup(section.html(Locale(currency="GBP")), "html.parser").get_text(" ")
    assert "£" not in text
    assert "Purchases net of contacts" in text
    assert "Top 7.5% (best rule" in text
    assert study.ranking is not None
    assert study.worth is not None
    first, second = section.parts[:2]
    assert [first.html(ENGLISH), second.html(ENGLISH)] == [
        Notice(locale=ENGLISH, said=said).html(ENGLISH) for said in (study.ranking, study.worth)
    ]
    assert {part.name for part in section.parts if isinstance(part, File)} == {"rankings", "contacts", "profit_curves"}
    assert {*study.profit.query("kind == 'competitor'")["strategy"]} == set(field)


def test_a_title_of_the_user_wins() -> None:
    assert CustomerValuePage(title="Ours").heading().text(ENGLISH) == "Ours"
    assert ChurnPage(language="en", title="").heading().text(ENGLISH) == "Who leaves, when and why?"


def test_a_page_leaves_out_a_table_without_rows_or_known_columns() -> None:
    page = CustomerValuePage()
    frame = pd.DataFrame({"x": [1.0], "x_low": [0.5], "x_high": [2.0]})
    assert page.table("pagetoy.t", frame.head(0), {"x": "number"}) is None
    assert page.table("pagetoy.t", frame, {"y": "number"}) is None
    table = page.table("pagetoy.t", frame, {"x": "number", "y": "money"}, intervals=("x", "y"))
    assert table is not None
    assert (dict(table.columns), table.intervals) == ({"x": "number"}, ("x",))
    assert isinstance(page.section("pagetoy.s", None), Section)
    assert page.section("pagetoy.s", None).parts == ()
    assert page.top(None).html(ENGLISH) == ""
