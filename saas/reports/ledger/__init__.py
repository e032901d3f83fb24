"""The ledger as members read it: one row an operation, with the title of what was made, or every line of it."""
