"""One module a model: pure functions in the paper's notation. See ``namespace`` for the functions they may use."""
