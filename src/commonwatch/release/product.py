"""What is exchanged under an agreement: each product has fields, precision and delay of its own."""

from __future__ import annotations

LAUNCH_WARNING = "launch warning"
TRAJECTORY = "trajectory"
JOINT_ASSESSMENT = "joint assessment"
# What own sensors yield of an object, each a statement of its own. A joint assessment is written by
# people and signed by all parties: it goes by no node.
PRODUCTS_OF_SENSORS = (LAUNCH_WARNING, TRAJECTORY)
# What an agreement may name besides the launch warning.
FURTHER_PRODUCTS = (TRAJECTORY, JOINT_ASSESSMENT)
