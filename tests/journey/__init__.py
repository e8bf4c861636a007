"""The whole road through the command line, on a small generated season: real files, real server, real time."""
