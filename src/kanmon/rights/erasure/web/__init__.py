"""Rights erasure: pages and HTTP endpoints."""
