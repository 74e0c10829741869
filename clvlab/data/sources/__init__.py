"""Where records come from: one call that shows DuckDB a file or a frame as the relation ``source``."""
