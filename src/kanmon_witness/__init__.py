"""A witness of logs (C2SP tlog-witness): it cosigns a checkpoint only where that extends what it cosigned before."""
