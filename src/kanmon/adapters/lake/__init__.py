"""The data plane: behaviour events in Parquet files, written and read with DuckDB."""
