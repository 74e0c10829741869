"""How text becomes values: headings, dates, numbers, refunds and the ledger."""
