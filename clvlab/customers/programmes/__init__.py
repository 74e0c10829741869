"""What membership, coupons and win-back earned, and comparisons that were not randomised."""

from clvlab.customers.programmes.adjusted import Adjusted, adjusted_comparison
from clvlab.customers.programmes.coupons import Coupons, coupons
from clvlab.customers.programmes.membership import Membership, membership
from clvlab.customers.programmes.returned import Returned, returned
from clvlab.customers.programmes.sensitivity import Robustness, e_value, robustness_value
from clvlab.customers.programmes.study import ProgrammeStudy, programme_study
from clvlab.customers.programmes.unrandomised import Unrandomised, unrandomised
from clvlab.customers.programmes.win_back import WinBack, win_back

__all__ = [
    "Adjusted",
    "Coupons",
    "Membership",
    "ProgrammeStudy",
    "Returned",
    "Robustness",
    "Unrandomised",
    "WinBack",
    "adjusted_comparison",
    "coupons",
    "e_value",
    "membership",
    "programme_study",
    "returned",
    "robustness_value",
    "unrandomised",
    "win_back",
]
