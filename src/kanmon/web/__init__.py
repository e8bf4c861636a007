"""The portals in a browser and the API: doors that hold no rule of their own."""
