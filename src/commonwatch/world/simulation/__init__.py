"""Real nodes on a virtual clock, network and disk, all drawn from one seed, and what must hold."""
