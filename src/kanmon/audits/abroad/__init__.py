"""Laws abroad: which of their duties hold, met by what, and the documents that they ask for."""
