"""Measures of customers: one record per measure, in the order of the page."""

from clvlab.customers.measures.acquiring import ACQUIRING
from clvlab.customers.measures.answering import ANSWERING
from clvlab.customers.measures.base import BASE
from clvlab.customers.measures.buying import BUYING
from clvlab.customers.measures.caring import CARING
from clvlab.customers.measures.engaging import ENGAGING
from clvlab.customers.measures.record import MeasureRecord, Parts
from clvlab.customers.measures.selling import SELLING
from clvlab.customers.measures.staying import STAYING

MEASURES: dict[str, MeasureRecord] = {
    each.id: each for each in (*BASE, *BUYING, *STAYING, *ACQUIRING, *SELLING, *CARING, *ANSWERING, *ENGAGING)
}

__all__ = ["MEASURES", "MeasureRecord", "Parts"]
