"""Real servers on a network of their own: namespaces, the servers that run in them, and the world of the audit."""
