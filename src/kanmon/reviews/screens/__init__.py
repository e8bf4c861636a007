"""Screens as a browser sees them: the crawl, and whether they show exactly the words in force."""
