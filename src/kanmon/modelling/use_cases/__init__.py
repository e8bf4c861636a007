"""What doors ask of models."""
