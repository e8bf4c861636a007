"""One workspace, opened: the only place that wires services to stores, files and engines."""
