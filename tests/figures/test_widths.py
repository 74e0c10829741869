"""Figures are laid out for Chinese text on a machine that has no Chinese font."""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from clvlab.figures import style, widths


def test_the_font_is_what_its_command_makes(tmp_path: Path) -> None:
    widths.make(tmp_path / "again.ttf")
    assert (tmp_path / "again.ttf").read_bytes() == widths.FILE.read_bytes()
    assert widths.FILE.stat().st_size < 1000


def test_a_character_is_as_wide_as_it_is_high(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "FAMILIES", ("DejaVu Sans", widths.FAMILY))
    with warnings.catch_warnings(), style.canvas((4, 3)) as (figure, axes):
        warnings.simplefilter("error")  # matplotlib warns of a glyph it does not find
        said = axes.set_title("客户占比，前10%：「价值」", fontsize=10)
        more = axes.set_xlabel("客户占比", fontsize=10)
        figure.canvas.draw()
        em = 10 * figure.dpi / 72
        assert more.get_window_extent().width == pytest.approx(4 * em, rel=0.03)
        assert said.get_window_extent().width > 11 * em
        plt.close(figure)
