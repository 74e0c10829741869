"""What a study of contacts takes from a company's records, and assumes, saying so, where they do not tell."""

from clvlab.customers.channels import earned_over_spent
from clvlab.customers.facts import facts
from clvlab.data.company import Company
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.evaluation.contacting.measured import campaigns_with_control, response_of
from clvlab.evaluation.contacting.response import Response, lift_response
from clvlab.models.spend import SpendFit
from clvlab.notes import Note

ASSUMED, ASSUMED_SD = 0.10, 0.05


def measured_or_assumed(company: Company | None, window: float, told: list[Note]) -> Response:
    """Of the latest campaign that can be measured; else an assumption."""
    reasons: list[str] = []
    if company is not None and "campaigns" in company and "orders" in company:
        days = window * days_in("week")
        last = company.frame("orders")["date"].max()
        for name, begun in reversed(list(campaigns_with_control(company.frame("campaigns")).items())):
            try:
                found = response_of(company, campaign=str(name), days=max(min(days, (last - begun).days + 1), 1))
                if reasons:
                    told.append(Note("contacting.campaigns_passed_over", reasons=reasons))
                return found
            except InputError as error:
                reasons.append(str(error))
    told.append(Note("contacting.response_assumed", lift=ASSUMED, sd=ASSUMED_SD, reasons=reasons))
    return lift_response(ASSUMED, sd=ASSUMED_SD)


def margin_of(company: Company | None, spend: SpendFit | None, told: list[Note]) -> float:
    """Of order lines with costs, as in the value of channels."""
    if spend is None:
        return 1.0
    if company is not None and "order_lines" in company:
        try:
            kept = earned_over_spent(facts(company))
            if "cost" in company.frame("order_lines") and 0 < kept <= 1:
                told.append(Note("contacting.margin_of_records", margin=kept))
                return kept
        except InputError:
            pass
    told.append(Note("contacting.margin_unknown"))
    return 1.0
