"""The benchmarks: each runs its peers in the same run, interleaved, and says what ours is worth per CPU-second."""
