"""How results show themselves: a title, the main table, and what speaks against it. One file per floor."""

from clvlab.representations import (
    campaigns,
    churn,
    customers,
    data,
    evaluation,
    grading,
    models,
    programmes,
    value,
)  # each registers its results
from clvlab.representations.showing import Showing, showing

__all__ = [
    "Showing",
    "campaigns",
    "churn",
    "customers",
    "data",
    "evaluation",
    "grading",
    "models",
    "programmes",
    "showing",
    "value",
]
