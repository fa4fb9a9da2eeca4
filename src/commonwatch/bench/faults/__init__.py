"""Real faults against real processes: killed, without power, refused, spoilt, cut off, mistimed."""
