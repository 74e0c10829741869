"""Estimation of any formula: maximum likelihood and NUTS over distinct histories, independent of any model."""
