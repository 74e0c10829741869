"""Numbers as a reader sees them, and sentences that name what they lack."""

import datetime as dt
import threading

import numpy as np
import pandas as pd
import pytest

from clvlab import words
from clvlab.errors import InputError
from clvlab.words import catalogue


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {
        "toy.best": "{model} forecasts best: {error:number2} off, {share:percent} covered, {total:money} in all.",
        "toy.orders": {"one": "{n} order", "other": "{n} orders"},
        "toy.braces": "a {{literal}} brace",
    }
    real = catalogue._catalogue("en")
    monkeypatch.setattr(catalogue, "_catalogue", lambda language: real | entries if language else {})


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
        (float("nan"), None, "–"),
        (None, None, "–"),
        (pd.NA, None, "–"),
        (pd.NaT, None, "–"),
        (np.int64(6919), None, "6,919"),
        (np.float64(0.5), None, "0.5"),
    ],
)
def test_number(x: object, digits: int | None, expected: str) -> None:
    shown = words.number(x, digits)
    assert shown == expected or shown == expected.ljust(len(shown), "0")


def test_money_signs() -> None:
    assert words.money(1234567.8, "GBP") == "£1,234,568"
    assert words.money(12.5, "JPY") in ("¥12", "¥13")
    assert words.money(-12.5, "EUR") == "-€12.50"
    assert words.money(99, "XYZ") == "99.00 XYZ"
    assert words.money(99) == "99.00"


def test_interval_shares_decimals() -> None:
    assert words.interval(0.5, 12.34) == "0.5 to 12.3"
    assert words.interval(0.034, 0.123, "percent") == "3% to 12%"
    with pytest.raises(words.WordsError, match="number, percent or money"):
        words.interval(1, 2, "apples")  # type: ignore[arg-type]


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
def test_date(when: object) -> None:
    assert words.date(when) == "30 June 1998"


@pytest.mark.usefixtures("toy")
def test_a_sentence_formats_its_values() -> None:
    said = words.say("toy.best", model="BG/NBD", error=0.1, share=0.9, total=1234)
    assert said == "BG/NBD forecasts best: 0.10 off, 90% covered, 1,234 in all."
    assert words.say("toy.orders", n=1) == "1 order"
    assert words.say("toy.orders", n=1200) == "1,200 orders"
    assert words.say("toy.braces") == "a {literal} brace"


@pytest.mark.usefixtures("toy")
def test_values_are_never_read_as_formats() -> None:
    said = words.say("toy.best", model="{share.__class__}", error=1, share=1, total=1)
    assert said.startswith("{share.__class__} forecasts")


@pytest.mark.usefixtures("toy")
def test_what_is_missing_is_named() -> None:
    with pytest.raises(words.WordsError, match=r"no 'toy.bset'.*Did you mean toy.best"):
        words.say("toy.bset")
    with pytest.raises(words.WordsError, match="needs a value called 'error'; given: model"):
        words.say("toy.best", model="BG/NBD")
    with pytest.raises(words.WordsError, match="give n="):
        words.say("toy.orders")
    with pytest.raises(words.WordsError, match="is no format"):
        words.written(1, "apples")


def test_a_language_without_catalogue_is_refused() -> None:
    with pytest.raises(words.WordsError, match="no catalogue for the language 'tlh'"):
        words.use_language("tlh")
    assert words.current_language() == "en"


def test_a_block_keeps_its_language_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_catalogue", lambda _language: {"toy.hello": "hello"})
    seen = []
    with words.in_language("zh"):
        thread = threading.Thread(target=lambda: seen.append(words.current_language()))
        thread.start()
        thread.join()
        assert words.current_language() == "zh"
    assert seen == ["en"]
    assert words.current_language() == "en"


@pytest.mark.parametrize("currency", ["$$", "gbp", "POUND", "£"])
def test_a_currency_that_is_no_code_is_refused(currency: str) -> None:
    with pytest.raises(InputError, match="three capital letters of ISO 4217"):
        words.use_currency(currency)


def test_a_p_value_is_never_nothing() -> None:
    assert words.written(0.0009999, "p_value") == "< 0.001"
    assert words.written(0.001, "p_value") == "0.001"
    assert words.written(float("nan"), "p_value") == "–"
    assert words.say("captions.survival_test", p=1e-300).endswith("(log-rank p-value < 0.001).")
