"""The command line: the table of commands, and what every command needs to begin and to print."""
