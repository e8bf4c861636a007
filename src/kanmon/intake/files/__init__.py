"""A dataset folder as it comes: found, decoded, read, staged as Parquet, its mistakes reported."""
