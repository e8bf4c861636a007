"""The only place that wires services to adapters: one workspace opened, and what each door may ask of it."""
