"""Constants of a formula that are chosen by likelihood, as the k of regular gaps."""

from collections.abc import Mapping

from clvlab.formulas.cnbd_k import choose_k
from clvlab.notes import Note


def best_constant(name: str, found: Mapping[int, float]) -> tuple[int, Note]:
    """The value of the highest log-likelihood, and a note that tells those of the others."""
    best = choose_k(found)
    compared = [f"{name} = {value}: {log_likelihood:.1f}" for value, log_likelihood in found.items()]
    return best, Note("models.chosen_k", k=best, compared=compared)
