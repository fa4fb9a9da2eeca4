"""Published launches: facts, each with its grade and its source."""
