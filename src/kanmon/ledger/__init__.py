"""The tamper-evident log: entries as commitments, the Merkle tree over them, checkpoints, receipts, the check."""
