"""Which of the things competitors fitted are fits of ours."""

from typing import cast

from clvlab.models.fit import Fit
from clvlab.models.transactions import TransactionFit


def purchase_fit(fit: object) -> TransactionFit | None:
    """A fit that forecasts and simulates purchases (Pareto/GGG's too); None of anything else."""
    return cast(TransactionFit, fit) if isinstance(fit, Fit) and hasattr(fit, "simulate_futures") else None
