"""Comparisons of forecasts."""

from clvlab.evaluation.contacting import ContactPlan, ContactStudy
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.segments_and_grades import SegmentsAndGrades
from clvlab.evaluation.study import ComparisonStudy
from clvlab.evaluation.verdict import Verdict
from clvlab.pages.comparison_answer import best
from clvlab.representations.showing import Showing, said, showing

SCORES = ("total", "total_error", "deviance", "log_score", "rmse", "coverage", "top_10")


@showing.register
def _(verdict: Verdict) -> Showing:
    if not verdict.best_set:
        return Showing("No verdict: every competitor failed")
    title = "Best" if len(verdict.best_set) == 1 else "Cannot be told apart"
    remarks = [_beaten(verdict)] if verdict.beaten else []
    return Showing(f"{title}: {', '.join(verdict.best_set)}", None, remarks)


def _beaten(verdict: Verdict) -> str:
    return f"Beaten: {', '.join(f'{name} (by {score})' for name, score in verdict.beaten.items())}."


@showing.register
def _(comparison: Comparison) -> Showing:
    verdict = comparison.verdict
    found = said(best(comparison)) if verdict.best else showing(verdict).title
    table = comparison.table[[name for name in SCORES if name in comparison.table]].copy()
    table.insert(0, "best_set", [name in verdict.best_set for name in table.index])
    failed = [f"{name}: {why}" for name, why in comparison.table["failed"].items() if why]
    actual = comparison.actual
    title = f"{found} ({actual['customers']:,.0f} customers, {actual['purchases']:,.0f} purchases in the holdout)"
    return Showing(title, table, failed)


@showing.register
def _(study: ComparisonStudy) -> Showing:
    return showing(study.comparison)


@showing.register
def _(plan: ContactPlan) -> Showing:
    title = f"Contact {plan.contacted:,} of {len(plan.table):,} customers"
    if plan.contacted:
        title += f", expected profit {plan.profit:,.0f} ({plan.profit_low:,.0f} to {plan.profit_high:,.0f})"
    return Showing(title, plan.table.sort_values("rank", kind="stable"), plan.notes)


@showing.register
def _(study: ContactStudy) -> Showing:
    own = showing(study.plan)
    return Showing(own.title, own.table, study.notes)


@showing.register
def _(study: SegmentsAndGrades) -> Showing:
    return showing(study.grades)
