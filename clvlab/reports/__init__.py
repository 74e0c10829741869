"""Run notebooks, make their pages, and keep account of the runs. Used by the command line only."""
