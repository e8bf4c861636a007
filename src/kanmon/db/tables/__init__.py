"""The tables of schema `kanmon`, as queries name them; a test holds them equal to what the migrations make."""
