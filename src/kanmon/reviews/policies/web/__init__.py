"""Reviews policies: pages and HTTP endpoints."""
