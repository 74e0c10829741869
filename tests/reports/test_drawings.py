"""Drawings as elements of a page: their colours on light and dark paper, and nothing that a strict policy forbids."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup

from clvlab.figures.style import ACTUAL, COLOURS, GREY
from clvlab.reports.drawings import Drawings
from clvlab.reports.palette import DARK_PAPER, LIGHT_PAPER, as_text, contrast, on_dark

mpl.use("agg")


def svg(title: str = "a < b") -> str:
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "x"}):
        figure, axes = plt.subplots()
        axes.plot([1, 2, 3], [2, 1, 3], color=COLOURS[1], marker="o", label=title)
        axes.set_title(title, color=COLOURS[5])
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg")
        plt.close(figure)
    return buffer.getvalue()


def test_a_drawing_has_no_inline_style_and_ids_of_its_own() -> None:
    drawings = Drawings()
    page = BeautifulSoup(drawings.inline(svg(), 'It "shows".') + drawings.inline(svg(), "again"), "html.parser")
    first, second = page.select("svg")
    assert first["aria-label"] == 'It "shows".'
    assert page.select("[style], style, metadata") == []
    ids = [each["id"] for each in page.select("[id]")]
    assert len(set(ids)) == len(ids) > 2
    for drawing in (first, second):
        assert {each["href"][1:] for each in drawing.select("use")} <= {each["id"] for each in drawing.select("[id]")}
    assert "a < b" in [text.get_text() for text in first.select("text")]


def test_each_colour_has_a_rule_for_light_and_for_dark() -> None:
    drawings = Drawings()
    page = BeautifulSoup(drawings.inline(svg(), "x"), "html.parser")
    light, _, dark = drawings.css().partition("@media screen and (prefers-color-scheme: dark)")
    used = {name for each in page.select("[class]") for name in each["class"]} - {"drawing"}
    assert f"s{COLOURS[1][1:]}" in used
    for name in used:
        assert f".{name}{{" in light
        assert f".{name}{{" in dark


def test_a_drawing_shrinks() -> None:
    assert len(Drawings().inline(svg(), "x")) < 0.6 * len(svg())


@pytest.mark.parametrize("colour", [*COLOURS, ACTUAL, GREY, "#52606d", "#3e4c59"])
def test_text_of_figures_has_enough_contrast_on_either_paper(colour: str) -> None:
    assert contrast(as_text(colour, LIGHT_PAPER), LIGHT_PAPER) >= 4.5
    assert contrast(as_text(on_dark(colour), DARK_PAPER), DARK_PAPER) >= 4.5


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_of_lines_stay_apart_from_dark_paper(colour: str) -> None:
    assert contrast(on_dark(colour), DARK_PAPER) >= 3


def test_on_dark_paper_the_order_of_shades_is_turned_round() -> None:
    shades = [f"#{each:02x}{each:02x}{each + 5:02x}" for each in range(0, 250, 10)]
    against = [contrast(on_dark(each), DARK_PAPER) for each in shades]
    assert against == sorted(against, reverse=True)
