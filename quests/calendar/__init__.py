"""A person's open steps as a calendar that other programs subscribe to.

The address of a feed is its secret: it is shown once, stored as a hash, replaced or removed by its person, and ends
with the membership.
"""
