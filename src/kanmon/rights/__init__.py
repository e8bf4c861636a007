"""What a person may ask of us: to be told, to withdraw, to object, to correct, to be erased."""
