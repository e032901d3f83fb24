"""Django's PostgreSQL backend, with each statement stamped with the tenancy context."""
