"""The only room with drivers: database, engine, files, fonts."""
