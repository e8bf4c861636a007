"""A stranger's dataset folder: found, decoded, read, checked row by row, staged as Parquet, its mistakes told."""
