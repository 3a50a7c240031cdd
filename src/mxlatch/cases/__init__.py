"""Cases: for each door that nobody authorised, whose it is, and what was done about it."""
