"""What sells together: baskets of order lines, and rules between their products."""

from clvlab.customers.baskets.lines import Baskets, baskets
from clvlab.customers.baskets.rules import Rules, rules

__all__ = ["Baskets", "Rules", "baskets", "rules"]
