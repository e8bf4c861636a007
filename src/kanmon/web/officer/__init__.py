"""The privacy owner's portal, one module for each desk of it."""
