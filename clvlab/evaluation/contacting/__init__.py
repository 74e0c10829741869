"""Whom to contact: what a contact changes, the list that pays, a test first, and whether simple rules do as well."""

from clvlab.evaluation.contacting.measured import response_of
from clvlab.evaluation.contacting.plan import ContactPlan, contact_plan
from clvlab.evaluation.contacting.response import Response, flat_response, lift_response

__all__ = ["ContactPlan", "Response", "contact_plan", "flat_response", "lift_response", "response_of"]
