"""How far scores tell groups of applicants apart, and which features stand in for them."""
