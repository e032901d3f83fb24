"""People working with a lead list: who was contacted, who answered, and what was won, which is revenue of the goal.

A lead is an object in its list's `leads`, known by its place (from 0). A won lead names its revenue entry.
"""
