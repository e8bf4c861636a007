"""The road of the data: load a folder, then link, train, ask, score, ask again and provide."""
