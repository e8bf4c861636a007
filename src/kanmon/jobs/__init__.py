"""Long work that somebody asked for in a moment: it waits in a queue, and a worker does it under a lease."""
