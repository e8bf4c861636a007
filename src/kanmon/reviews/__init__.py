"""Reviews before something goes live: releases, policy revisions, screens, and legal assessments."""
