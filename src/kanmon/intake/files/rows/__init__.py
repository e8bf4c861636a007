"""The rows of a table: what each cell must be, what is wrong with it, and how refused rows are mended."""
