"""People on hold, because something that may end a consent of theirs could not be read."""
