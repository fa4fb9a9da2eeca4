"""Partner nations share launch warnings and trajectories, under agreements that hold."""

__version__ = "0.1.0"
