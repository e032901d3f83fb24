"""People working with the steps of a quest: edited, dated, added, dropped, assigned, noted.

A step is an object in its quest's `steps`; its `id` is a number that it keeps for good, whatever is added or dropped
around it. A quest that nobody edited yet has none: there, a step's place (from 0) is its id.
"""
