"""The one gate: pure rules that judge whether a person's data may be used, and the clearance they give."""
