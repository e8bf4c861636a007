"""`service.yaml`: read, checked as a whole, and made into the domain's values."""
