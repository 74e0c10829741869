"""Companies of any size with any planted truth, for tests and teaching: ``clv.simulate.company``."""

from clvlab.data.simulate.assembly import SEED, SimulatedCompany, company
from clvlab.data.simulate.parts import Breakdown, Channel, Cohort, Leaving, Programme, Promotion
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.truth import Expected

__all__ = [
    "SEED",
    "Breakdown",
    "Channel",
    "Cohort",
    "Expected",
    "Leaving",
    "Plan",
    "Programme",
    "Promotion",
    "SimulatedCompany",
    "company",
]
