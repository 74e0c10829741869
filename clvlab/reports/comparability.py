"""Whether a change of a number between two runs means something."""

import re
from collections.abc import Mapping

from clvlab.reports.parameters import is_secret


def comparable(before: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """Whether two runs differ in their data, days and seeds only, so that a change of a number means something.

    >>> comparable({"horizon": 52, "as_of": "1998-05-31"}, {"horizon": 52, "as_of": "1998-06-30"})
    True
    >>> comparable({"horizon": 52}, {"horizon": 26})
    False
    """

    def may_differ(name: str) -> bool:
        if name in ("title", "language") or "seed" in name or is_secret(name):
            return True
        if name in ("orders", "subscriptions"):  # newer data of one's own, but never the demo data beside them
            return (before.get(name) is None) == (now.get(name) is None)
        ends = (before.get(name), now.get(name))
        return all(end is None or re.match(r"\d{4}-\d{2}-\d{2}", str(end)) for end in ends)

    return all(may_differ(name) for name in {*before, *now} if before.get(name) != now.get(name))
