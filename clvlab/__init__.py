"""Customer lifetime value and churn."""
