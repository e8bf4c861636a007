"""The tamper-evident log: entries as commitments, the Merkle tree over them, checkpoints, receipts and proofs."""
