"""The shell around the stages: disks, clocks, keys, configuration. No judgement in it."""
