"""Re-judgement of past provisions."""
