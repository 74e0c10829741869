"""Numbers as a reader sees them, and sentences that name what they lack."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clvlab.errors import InputError
from clvlab.notes import Note, Span
from clvlab.words import ENGLISH, Locale, WordsError, catalogue, languages, register_words
from clvlab.words.catalogue import forget_words

SENTENCES = """
best = "{model} forecasts best: {error:number2} off, {share:percent} covered, {total:money} in all."
orders = { one = "{n} order", other = "{n} orders" }
braces = "a {{literal}} brace"
several = "{models:competitor} of {who}"
listed = ["a", "b"]
"""


@pytest.fixture
def sentences(tmp_path: Path) -> Iterator[Locale]:
    """English with a file of sentences more."""
    (tmp_path / "toy.toml").write_text(SENTENCES, encoding="utf-8")
    register_words("en", tmp_path)
    yield Locale()
    forget_words("en", tmp_path)


@pytest.mark.parametrize(
    ("x", "digits", "expected"),
    [
        (1652.4, None, "1,652"),
        (1234567, None, "1,234,567"),
        (12.34, None, "12.3"),
        (0.24312, None, "0.243"),
        (0.0031, None, "0.0031"),
        (0, None, "0"),
        (0.0, None, "0"),
        (-0.0001, 2, "0.00"),
        (-1234.5, 1, "-1,234.5"),
        (float("inf"), None, "∞"),
        (float("-inf"), None, "-∞"),
        (float("nan"), None, "–"),
        (None, None, "–"),
        (pd.NA, None, "–"),
        (pd.NaT, None, "–"),
        (np.int64(6919), None, "6,919"),
        (np.float64(0.5), None, "0.5"),
    ],
)
def test_number(x: object, digits: int | None, expected: str) -> None:
    shown = ENGLISH.number(x, digits)  # type: ignore[arg-type]
    assert shown == expected or shown == expected.ljust(len(shown), "0")


def test_money_signs() -> None:
    assert Locale(currency="GBP").money(1234567.8) == "£1,234,568"
    assert Locale(currency="JPY").money(12.5) in ("¥12", "¥13")
    assert Locale(currency="EUR").money(-12.5) == "-€12.50"
    assert Locale(currency="XYZ").money(99) == "99.00 XYZ"
    assert ENGLISH.money(99) == "99.00"
    assert ENGLISH.money(None) == ENGLISH.percent(float("nan")) == ENGLISH.date(pd.NaT) == ENGLISH.month(None) == "–"


def test_money_in_larger_units(toy: str) -> None:
    yuan = Locale(toy, "CNY")
    assert [yuan.money(x) for x in (9_999, 10_000, 123_456, 1_234_567, 250_000_000)] == [
        "¥9,999", "¥1.00万", "¥12.3万", "¥123.5万", "¥2.50亿",
    ]  # fmt: skip
    assert yuan.money(-56_000) == "-¥5.60万"
    assert Locale(toy).money(56_000) == "5.60万"
    assert yuan.interval(1_234_567, 2_345_678, "money") == "¥123.5万 TO ¥234.6万"
    assert yuan.number(1_234_567) == "1,234,567"


def test_an_interval_shares_decimals() -> None:
    assert ENGLISH.interval(0.5, 12.34) == "0.5 to 12.3"
    assert ENGLISH.interval(0.034, 0.123, "percent") == "3% to 12%"
    with pytest.raises(WordsError, match="number, percent or money"):
        ENGLISH.interval(1, 2, "apples")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "when",
    [
        "1998-06-30",
        "1998-06-30T12:00",
        dt.date(1998, 6, 30),
        pd.Timestamp("1998-06-30 23:59"),
        np.datetime64("1998-06-30"),
    ],
)
def test_days_and_months(when: object, toy: str) -> None:
    assert ENGLISH.date(when) == "30 June 1998"
    assert ENGLISH.month(when) == "Jun 1998"
    assert Locale(toy).date(when) == "1998年6月30日"
    assert Locale(toy).month(when) == "1998年6月"
    assert ENGLISH.month(pd.Period("1998-06", "M")) == "Jun 1998"


def test_a_sentence_formats_its_values(sentences: Locale) -> None:
    said = sentences.say("toy.best", model="BG/NBD", error=0.1, share=0.9, total=1234)
    assert said == "BG/NBD forecasts best: 0.10 off, 90% covered, 1,234 in all."
    assert sentences.say("toy.orders", n=1) == "1 order"
    assert sentences.say("toy.orders", n=1200) == "1,200 orders"
    assert sentences.say("toy.braces") == "a {literal} brace"


def test_values_are_never_read_as_formats(sentences: Locale) -> None:
    said = sentences.say("toy.best", model="{share.__class__}", error=1, share=1, total=1)
    assert said.startswith("{share.__class__} forecasts")


def test_what_is_missing_is_named(sentences: Locale) -> None:
    with pytest.raises(WordsError, match=r"no 'toy.bset'.*Did you mean toy.best.*Add it to toy.toml"):
        sentences.say("toy.bset")
    with pytest.raises(WordsError, match="needs a value called 'error'; given: model"):
        sentences.say("toy.best", model="BG/NBD")
    with pytest.raises(WordsError, match="give n="):
        sentences.say("toy.orders")
    with pytest.raises(WordsError, match="is no format"):
        sentences.written(1, "apples")
    with pytest.raises(WordsError, match="is a list, not a sentence"):
        sentences.say("toy.listed")
    with pytest.raises(WordsError, match="is not plain text"):
        catalogue("en").text("toy.listed")
    with pytest.raises(WordsError, match="is not a list"):
        catalogue("en").texts("toy.best")


def test_a_note_is_said_with_its_values(sentences: Locale) -> None:
    inner = Note("toy.orders", n=2)
    note = Note("toy.several", models=["last_period", "BG/NBD"], who=[inner, Span(1, "week")])
    assert sentences.say(note) == sentences.written(note) == "last period, BG/NBD of 2 orders, 1 week"
    assert str(note) == "toy.several (models=last_period, BG/NBD, who=toy.orders (n=2), 1 week)"
    assert Note("a.b", x=np.float64(1.5)).values == {"x": 1.5}


def test_labels_are_names_made_when_shown(toy: str) -> None:
    assert ENGLISH.label("competitor", "last_period") == "last period"
    assert Locale(toy).label("competitor", "last_period") == "LAST PERIOD"
    for own in ("actual", "by recency", "my.model", "{n}"):
        assert ENGLISH.label("competitor", own) == Locale(toy).label("competitor", own) == own
    assert ENGLISH.written(None, "competitor") == "–"
    assert ENGLISH.written(["ml", "nuts"], "method") == "maximum likelihood, NUTS"
    assert Locale(toy).written(["ml", "nuts"], "method") == "MAXIMUM LIKELIHOOD、NUTS"


def test_values_without_a_format_are_written_by_their_type() -> None:
    assert [ENGLISH.written(x) for x in (True, 3, 0.5, "a", dt.date(2024, 1, 2), None, pd.Timestamp("2024-01-02"))] == [
        "yes", "3", "0.500", "a", "2 January 2024", "–", "2 January 2024",
    ]  # fmt: skip
    assert ENGLISH.written(1998, "text") == "1998"


def test_a_language_without_catalogue_is_refused() -> None:
    with pytest.raises(WordsError, match="no catalogue for the language 'tlh'"):
        catalogue("tlh")
    with pytest.raises(InputError, match="no catalogue for the language 'tlh'"):
        Locale("tlh")
    with pytest.raises(InputError, match="no catalogue"):
        ENGLISH.into("tlh")


def test_a_locale_is_one_value_that_nothing_changes() -> None:
    locale = Locale(currency="GBP")
    with pytest.raises(FrozenInstanceError):
        locale.language = "zh"  # type: ignore[misc]
    assert locale == Locale("en", "GBP")
    assert locale.into("en").currency == "GBP"


def test_words_of_a_folder_come_and_go(toy_folder: Path, tmp_path: Path) -> None:
    assert "eo" not in languages()
    register_words("eo", toy_folder)
    register_words("eo", toy_folder)  # twice is once
    assert "eo" in languages()
    (tmp_path / "report.toml").write_text('contents = "OWN"', encoding="utf-8")
    register_words("eo", tmp_path)
    assert Locale("eo").say("report.contents") == "OWN"
    assert Locale("eo").say("report.parameter") == "PARAMETER"
    forget_words("eo", tmp_path)
    forget_words("eo", toy_folder)
    assert "eo" not in languages()
    with pytest.raises(WordsError, match="no folder"):
        register_words("eo", tmp_path / "nowhere")


@pytest.mark.parametrize("currency", ["$$", "gbp", "POUND", "£", ""])
def test_a_currency_that_is_no_code_is_refused(currency: str) -> None:
    with pytest.raises(InputError, match="three capital letters of ISO 4217"):
        Locale(currency=currency)


def test_a_p_value_is_never_nothing() -> None:
    assert ENGLISH.written(0.0009999, "p_value") == "< 0.001"
    assert ENGLISH.written(0.001, "p_value") == "0.001"
    assert ENGLISH.written(float("nan"), "p_value") == "–"
    assert "< 0.001" in ENGLISH.say("churn_report.survival_by.differ", p=1e-300)


@pytest.mark.parametrize("name", ["say", "use_language", "use_currency", "number", "heads"])
def test_old_names_say_what_replaces_them(name: str) -> None:
    from clvlab import words

    with pytest.raises(AttributeError, match=rf"clvlab.words.{name} is gone: use "):
        getattr(words, name)
