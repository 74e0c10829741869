"""Prior and posterior densities of parameters."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Locale


def prior_and_posterior(
    densities: pd.DataFrame, *, maxima: Mapping[str, float] | None = None, locale: Locale = ENGLISH
) -> Figure:
    """Prior and posterior density of each parameter, with its maximum-likelihood estimate.

    Parameters
    ----------
    densities : DataFrame
        parameter, value, prior and posterior density there.
    maxima : mapping of parameter to float, optional
        Maximum-likelihood estimates.
    """
    names = list(densities["parameter"].unique())
    with style.panels((9.0, 2.7), columns=len(names)) as (fig, grid):
        for name, axes in zip(names, grid[0], strict=True):
            own = densities[densities["parameter"] == name]
            x = own["value"].to_numpy()
            axes.fill_between(x, own["posterior"], color=style.COLOURS[0], alpha=0.25, lw=0)
            axes.plot(x, own["posterior"], color=style.COLOURS[0], lw=1.6, label=locale.say("figures.posterior"))
            axes.plot(x, own["prior"], color=style.COLOURS[1], lw=1.6, ls="--", label=locale.say("figures.prior"))
            axes.set_xlim(x[0], x[-1])
            at = (maxima or {}).get(name)
            if at is not None and x[0] <= at <= x[-1]:
                axes.axvline(at, color=style.ACTUAL, lw=1, label=locale.say("figures.maximum_likelihood"))
            axes.set_title(name)
            axes.set_yticks([])
            axes.set_ylim(bottom=0)
            axes.spines["left"].set_visible(False)
            style.numbers_on(axes.xaxis, locale)
            axes.locator_params(axis="x", nbins=4)
        handles, labels = grid[0][0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return fig
