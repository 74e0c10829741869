"""What a notebook calls to show things to the reader and to hand them to the run.

Under ``clvlab report`` the folder to write to comes in the environment variable ``CLVLAB_RUN_DIR``, and
what is recorded here ends up in ``reports/index.html`` and ``reports/manifest.json``. In JupyterLab the
same calls write to ``reports/interactive/`` and show the same things in place.

Everything shown is escaped: names of customers and products may hold HTML, quotes, formulas or any script.
"""

from clvlab.publish.blocks import Level, Metric, figure, freshness, headline, notice, title
from clvlab.publish.data import data_used, ledger
from clvlab.publish.files import csv_safe, file
from clvlab.publish.run import RESULTS_FILE, record, run_folder
from clvlab.publish.tables import Format, table

__all__ = [
    "RESULTS_FILE",
    "Format",
    "Level",
    "Metric",
    "csv_safe",
    "data_used",
    "figure",
    "file",
    "freshness",
    "headline",
    "ledger",
    "notice",
    "record",
    "run_folder",
    "table",
    "title",
]
