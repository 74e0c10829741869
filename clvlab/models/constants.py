"""Constants of a formula that are chosen by likelihood, such as the k of regular gaps."""

from collections.abc import Mapping

from clvlab.formulas.cnbd_k import choose_k
from clvlab.notes import Note


def best_constant(found: Mapping[int, float]) -> tuple[int, Note]:
    """The k of the highest log-likelihood, and a note with the log-likelihoods of the others.

    >>> best_constant({1: -9582.4, 2: -9600.0})[1].values["compared"]
    (models.likelihood_at_k (k=1, log_likelihood=-9582), models.likelihood_at_k (k=2, log_likelihood=-9600))
    """
    best = choose_k(found)
    compared = [Note("models.likelihood_at_k", k=k, log_likelihood=each) for k, each in found.items()]
    return best, Note("models.chosen_k", k=best, compared=compared)
