"""Simulated launches, sensors, networks and clocks; runs the real node against them."""
