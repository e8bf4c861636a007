"""What an intake file is made of, found out before anybody loads it."""
