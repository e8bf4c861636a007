"""Rights answer: pages and HTTP endpoints."""
