"""The ledger: durable records beside bare SQLite, and transfers with receipts between two nodes."""
