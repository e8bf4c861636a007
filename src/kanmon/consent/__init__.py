"""What people were shown and what they said: policies, screens, acts of consent."""
