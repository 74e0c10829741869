"""Customer lifetime value and churn: orders in, forecasts with intervals, models compared, reports out.

Names are loaded when first used (PEP 562), so that ``import clvlab`` is quick; ``__init__.pyi`` tells editors and type
checkers what there is.
"""

from importlib import import_module
from typing import Any

from clvlab.models import MODELS

_NAMES = {
    **MODELS,
    "read_orders": "clvlab.data.orders",
    "read_table": "clvlab.data.reading.table",
    "read_company": "clvlab.data.company",
    "Company": "clvlab.data.company",
    "read_campaigns": "clvlab.data.readers",
    "read_complaints": "clvlab.data.readers",
    "read_contacts": "clvlab.data.readers",
    "read_customers": "clvlab.data.readers",
    "read_events": "clvlab.data.readers",
    "read_leads": "clvlab.data.readers",
    "read_marketing_cost": "clvlab.data.readers",
    "read_memberships": "clvlab.data.readers",
    "read_opportunities": "clvlab.data.readers",
    "read_order_lines": "clvlab.data.readers",
    "read_payments": "clvlab.data.readers",
    "read_referrals": "clvlab.data.readers",
    "read_returns": "clvlab.data.readers",
    "read_rewards": "clvlab.data.readers",
    "read_subscriptions": "clvlab.data.readers",
    "read_survey": "clvlab.data.readers",
    "Records": "clvlab.data.reading.table",
    "across": "clvlab.data.across",
    "Orders": "clvlab.data.order_book",
    "histories": "clvlab.data.histories",
    "split": "clvlab.data.split",
    "Split": "clvlab.data.split",
    "load_fit": "clvlab.models",
    "LogNormal": "clvlab.inference.priors",
    "customer_value": "clvlab.value",
    "independence": "clvlab.value",
    "residual_transactions": "clvlab.value",
    "value_study": "clvlab.value",
    "compare": "clvlab.evaluation",
    "comparison_study": "clvlab.evaluation",
    "contact_plan": "clvlab.evaluation.contacting",
    "contact_study": "clvlab.evaluation.contacting",
    "segments_and_grades": "clvlab.evaluation.segments_and_grades",
    "register": "clvlab.registry",
    "unregister": "clvlab.registry",
    "units_in_a_year": "clvlab.data.units",
    "InputError": "clvlab.errors",
    "FitError": "clvlab.errors",
}
_MODULES = {
    "datasets": "clvlab.data.datasets",
    "baselines": "clvlab.evaluation.competitors.baselines",
    "checks": "clvlab.evaluation.checks",
    "churn": "clvlab.churn",
    "competitors": "clvlab.evaluation.competitors",
    "customers": "clvlab.customers",
    "figures": "clvlab.figures",
    "pages": "clvlab.pages",
    "plot": "clvlab.plot",
    "registry": "clvlab.registry",
    "simulate": "clvlab.data.simulate",
    "words": "clvlab.words",
}

_GONE = {"publish": "what it showed are exhibits now, made by the pages of clvlab.pages."}

__version__ = "0.1.0"
__all__ = sorted([*_NAMES, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _GONE:
        raise AttributeError(f"clvlab.{name} is gone: {_GONE[name]}")
    if name in _NAMES:
        found = getattr(import_module(_NAMES[name]), name)
    elif name in _MODULES:
        found = import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'clvlab' has no attribute {name!r}; it offers {', '.join(__all__)}.")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
