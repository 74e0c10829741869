"""The customer-base audit: five lenses on what customers did, period by period."""

from clvlab.customers.audit.audit import Audit, audit
from clvlab.customers.audit.bridge import bridge
from clvlab.customers.audit.categories import Categories
from clvlab.customers.audit.study import AuditStudy, audit_study

__all__ = ["Audit", "AuditStudy", "Categories", "audit", "audit_study", "bridge"]
