"""The portals and the coverage crawler, over a whole workspace and real pages."""
