"""Benchmarks, each beside its peer in the same run; figures of this machine, told as ratios."""
