"""Training: one floor in which everything that trains, trains."""
