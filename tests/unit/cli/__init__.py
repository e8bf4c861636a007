"""How the command line tells how far it is."""
