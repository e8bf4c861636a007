"""What doors ask of jobs: to queue one, and a worker that does them."""
