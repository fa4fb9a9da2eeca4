"""report.html: what a replay found, told on one page that needs nothing but itself."""
