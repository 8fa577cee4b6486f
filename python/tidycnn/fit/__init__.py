"""Training, predicting, keeping."""
