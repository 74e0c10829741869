"""Names of runs."""

import os
from datetime import datetime


def new_id() -> str:
    """A name for a run: its time, and what tells it from another of the same moment."""
    now = datetime.now()
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{os.urandom(2).hex()}"
