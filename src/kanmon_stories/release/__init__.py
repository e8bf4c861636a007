"""The season of the release of 26 August 2019, played twice over the same logs."""
