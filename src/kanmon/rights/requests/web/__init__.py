"""Rights requests: pages and HTTP endpoints."""
