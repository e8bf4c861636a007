"""The stop switch: what is stopped, and since when agreements count again."""
