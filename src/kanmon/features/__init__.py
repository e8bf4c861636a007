"""What a person did before a moment, as numbers a model can use."""
