"""Reviews revisions: pages and HTTP endpoints."""
