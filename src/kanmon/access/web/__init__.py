"""Access: pages and HTTP endpoints."""
