"""The customer-base audit: five lenses on what customers did, period by period."""

from clvlab.customers.audit.audit import Audit, audit
from clvlab.customers.audit.bridge import bridge
from clvlab.customers.audit.categories import Categories

__all__ = ["Audit", "Categories", "audit", "bridge"]
