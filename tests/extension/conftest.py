"""The package here is for tests to import, not to be collected: importing it whole registers what it adds."""

collect_ignore = ["toy_shop"]
