"""Record linkage: applicants of a client matched with members of the board."""
