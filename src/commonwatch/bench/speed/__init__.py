"""How quick we are beside peers and beside bare compiled filters: a step, a scan, a whole pass."""
