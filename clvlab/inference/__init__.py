"""Estimation of any formula: maximum likelihood and NUTS over distinct histories. Knows no model by name."""
