"""Grades of customers: eight dimensions, weights, tiers of value with their chances, movements, and what to do."""

from clvlab.customers.grades.actions import read_actions
from clvlab.customers.grades.dimensions import Dimensions, dimensions
from clvlab.customers.grades.fitted import CompanyFit, fitted
from clvlab.customers.grades.grade import Grades, grade
from clvlab.customers.grades.migration import Migration, backtest, migration, tiers_at
from clvlab.customers.grades.study import GradeStudy, grade_study
from clvlab.customers.grades.tiers import ValueTiers, value_tiers
from clvlab.customers.grades.weights import AHP, ahp, entropy_weights

__all__ = [
    "AHP",
    "CompanyFit",
    "Dimensions",
    "GradeStudy",
    "Grades",
    "Migration",
    "ValueTiers",
    "ahp",
    "backtest",
    "dimensions",
    "entropy_weights",
    "fitted",
    "grade",
    "grade_study",
    "migration",
    "read_actions",
    "tiers_at",
    "value_tiers",
]
