"""Sharing over a real link: two nodes, each with its server, beside bare NATS over the same."""
