"""Run notebooks, make their pages, and keep account of the runs. Used by the command line only."""

import sys

# nbformat imports jsonschema, which, where rfc3987_syntax is installed, builds a grammar of web addresses at import:
# 3 seconds in each process. No field of a notebook has that format.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
