"""Calibration: drawn flights of each class through the whole estimator, against their truth."""
