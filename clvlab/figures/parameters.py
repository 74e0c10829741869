"""What was believed of the parameters before and after the data."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from clvlab import words
from clvlab.figures import style


class Prior(Protocol):
    """What this figure needs of a prior."""

    def density(self, value: ArrayLike) -> NDArray[np.float64]:
        """Density at a value."""
        ...


def prior_and_posterior(
    priors: Mapping[str, Prior], draws: Mapping[str, NDArray[np.float64]], maxima: Mapping[str, float]
) -> Figure:
    """Prior and posterior density of each parameter, with its maximum-likelihood estimate.

    Parameters
    ----------
    priors : mapping of parameter to prior
    draws : mapping of parameter to array, shape (draws,)
        From the posterior.
    maxima : mapping of parameter to float
        Maximum-likelihood estimates; may be empty.
    """
    names = list(draws)
    with style.canvas((9.0, 2.7), ncols=len(names), squeeze=False) as (fig, grid):
        for name, axes in zip(names, grid[0], strict=True):
            values = np.asarray(draws[name])
            # A long right tail would leave nothing of the rest to be seen.
            low, high = np.quantile(values, [0.001, 0.98])
            margin = 0.6 * (high - low)
            x = np.linspace(max(low - margin, 1e-9), high + margin, 300)
            posterior = stats.gaussian_kde(values)(x)
            axes.fill_between(x, posterior, color=style.COLOURS[0], alpha=0.25, lw=0)
            axes.plot(x, posterior, color=style.COLOURS[0], lw=1.6, label=words.say("figures.posterior"))
            axes.plot(
                x, priors[name].density(x), color=style.COLOURS[1], lw=1.6, ls="--", label=words.say("figures.prior")
            )
            axes.set_xlim(x[0], x[-1])
            if name in maxima and x[0] <= maxima[name] <= x[-1]:
                axes.axvline(maxima[name], color=style.ACTUAL, lw=1, label=words.say("figures.maximum_likelihood"))
            axes.set_title(name)
            axes.set_yticks([])
            axes.set_ylim(bottom=0)
            axes.spines["left"].set_visible(False)
            style.numbers_on(axes.xaxis)
            axes.locator_params(axis="x", nbins=4)
        handles, labels = grid[0][0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return fig
