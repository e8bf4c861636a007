"""What lies on paper between the platform and a client: its agreement, its notice, and staff's checks of the use."""
