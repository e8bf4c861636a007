"""The rules of the gate, one in each module; none knows another."""
