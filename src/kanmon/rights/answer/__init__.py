"""The answer to “was I scored?”: scores, provisions, reasons, the words agreed to, and check codes."""
