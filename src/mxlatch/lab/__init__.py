"""An internet in one process: name servers that may disagree, registry, mail servers, firewall (DESIGN section 9)."""
