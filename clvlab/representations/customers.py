"""The customer base: boards, audits and answers."""

from clvlab.customers.audit.audit import Audit
from clvlab.customers.audit.study import AuditStudy
from clvlab.customers.baskets.rules import Rules
from clvlab.customers.board import Board
from clvlab.customers.next_product.recommend import NextProduct
from clvlab.customers.next_product.study import NextProductStudy
from clvlab.customers.study import BaseStudy
from clvlab.customers.voice.study import VoiceStudy
from clvlab.representations.showing import Showing, showing


@showing.register
def _(board: Board) -> Showing:
    index = board.facts.windows.index
    table = board.table[["value", "low", "high", "before", "change", "p_value", "news"]]
    missing = [f"{len(board.missing):,} measures need tables or columns that are not there."] if board.missing else []
    return Showing(f"{len(table)} measures, {index[-1]}", table, missing)


@showing.register
def _(study: BaseStudy) -> Showing:
    return showing(study.board)


@showing.register
def _(audit: Audit) -> Showing:
    known = [] if audit.table.margin_known else ["What purchases cost is not known: profit is spend."]
    lost = [f"{int(row['rows']):,} rows are in no period: {row['reason']}." for _, row in audit.unused.iterrows()]
    return Showing(repr(audit)[1:-1], audit.decomposition, [*known, *lost])


@showing.register
def _(study: AuditStudy) -> Showing:
    return showing(study.audit)


@showing.register
def _(study: VoiceStudy) -> Showing:
    table = study.together[["value", "low", "high", "n"]]
    return Showing(f"{len(study.answers):,} rows of surveys, {len(study.questions)} questions", table)


@showing.register
def _(found: Rules) -> Showing:
    names = ["product", "other", "together", "confidence", "adjusted", "adjusted_low", "adjusted_high", "repeated"]
    table = found.table[[name for name in names if name in found.table]]
    title = f"{len(table):,} pairs of products go together, of {found.tested:,} tested in {found.n:,} baskets"
    return Showing(title, table, found.notes)


@showing.register
def _(found: NextProduct) -> Showing:
    customers = found.recommendations["customer"].nunique()
    title = f"{len(found.recommendations):,} recommendations to {customers:,} customers as of {found.as_of:%Y-%m-%d}"
    return Showing(title, found.beats, found.notes)


@showing.register
def _(study: NextProductStudy) -> Showing:
    return showing(study.rules)
