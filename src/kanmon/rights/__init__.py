"""What a person may ask of us: to be told, to withdraw, to hold proofs."""
