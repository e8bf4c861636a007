"""The main job: link, train on last year, ask the gate, score this year, ask again, provide."""
