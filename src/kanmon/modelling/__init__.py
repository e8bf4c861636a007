"""One prediction model per client, trained on last year's outcomes of that client alone."""
