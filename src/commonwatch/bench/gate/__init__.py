"""The gate: a decision from the table and by Cedar, and bulletins through it into a ledger."""
