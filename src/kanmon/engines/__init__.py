"""What is asked of the lake as a whole, on one machine or on many: the same expressions, two engines."""
