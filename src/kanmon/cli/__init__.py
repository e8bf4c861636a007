"""The command line: `kanmon`. Doors hold no business; they read arguments, call the road and tell what happened."""
