"""Customers in grades, tiers and segments."""

from clvlab.customers.grades.dimensions import Dimensions
from clvlab.customers.grades.grade import Grades
from clvlab.customers.grades.migration import Migration
from clvlab.customers.grades.study import GradeStudy
from clvlab.customers.grades.tiers import ValueTiers
from clvlab.customers.segments.clusters import Clusters
from clvlab.customers.segments.lifecycle import Lifecycle
from clvlab.customers.segments.rfm import RFM
from clvlab.customers.segments.study import SegmentStudy
from clvlab.representations.showing import Showing, showing


@showing.register
def _(found: Dimensions) -> Showing:
    return Showing(f"{found.table.shape[1]} dimensions of {len(found.table):,} customers", found.table, found.notes)


@showing.register
def _(found: Grades) -> Showing:
    return Showing(f"{len(found.table):,} customers graded", found.sizes, found.notes)


@showing.register
def _(study: GradeStudy) -> Showing:
    return Showing(f"{len(study.grades.table):,} customers graded", study.grades.sizes, study.notes)


@showing.register
def _(found: ValueTiers) -> Showing:
    unsure = int(found.sizes["uncertain"].sum())
    remarks = [f"The tier of {unsure:,} customers is uncertain."] if unsure else []
    return Showing(f"{len(found.table):,} customers in tiers of expected value", found.sizes, remarks)


@showing.register
def _(found: Migration) -> Showing:
    told = ", ".join(f"{count:,} {way}" for way, count in found.summary.items())
    return Showing(f"Movements between tiers: {told}", found.counts)


@showing.register
def _(found: RFM) -> Showing:
    return Showing(f"RFM segments of {len(found.table):,} customers", found.segments)


@showing.register
def _(found: Clusters) -> Showing:
    title = "one group" if found.k == 1 else f"{found.k} clusters"
    missing = int(found.assigned.isna().sum())
    left_out = [f"{missing:,} customers lack a feature and are in no cluster."] if missing else []
    return Showing(f"{len(found.assigned):,} customers, {title}", found.centres, [*found.notes, *left_out])


@showing.register
def _(found: Lifecycle) -> Showing:
    return Showing(f"Lifecycle stages of {len(found.ids):,} customers", found.counts.tail(12))


@showing.register
def _(study: SegmentStudy) -> Showing:
    return showing(study.rfm)
