"""Physics and estimation mathematics; knows no nation, no clock, no file."""
