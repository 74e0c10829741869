"""Importing this adds everything: the entry point names it."""

import clvlab as clv
from toy_shop import THINGS

for thing in THINGS:
    clv.register(thing)
