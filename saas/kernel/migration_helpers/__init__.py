"""What migrations call, in versions. A version never changes once a migration uses it: make the next one instead."""
