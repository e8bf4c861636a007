"""The portals and the API as one ASGI application: pages, guards, and what every page shares."""
