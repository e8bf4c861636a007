"""The client's side: contracts, the applicants a client hands over, what the client decided."""
