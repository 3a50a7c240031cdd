"""The nouns: names, questions, observations, doors, latches, findings, verdicts. Values only, no I/O."""
