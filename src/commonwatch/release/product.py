"""What is exchanged under an agreement: each product has fields, precision and delay of its own."""

from __future__ import annotations

LAUNCH_WARNING = "launch warning"
TRAJECTORY = "trajectory"
JOINT_ASSESSMENT = "joint assessment"
# What an agreement may name besides the launch warning.
FURTHER_PRODUCTS = (TRAJECTORY, JOINT_ASSESSMENT)
