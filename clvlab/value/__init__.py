"""Customer lifetime value: purchases x spend x discount, draw by draw."""

from clvlab.value.customer_value import CustomerValue, customer_value
from clvlab.value.expected import expected_value
from clvlab.value.independence import Independence, independence
from clvlab.value.residual import residual_transactions
from clvlab.value.study import ValueStudy, value_study

__all__ = [
    "CustomerValue",
    "Independence",
    "ValueStudy",
    "customer_value",
    "expected_value",
    "independence",
    "residual_transactions",
    "value_study",
]
