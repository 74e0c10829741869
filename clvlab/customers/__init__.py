"""Customers measured: how many, how they buy and stay, what they cost, answer and do."""

from clvlab.customers.measure import Measure

__all__ = ["Measure"]
