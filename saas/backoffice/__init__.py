"""The operators' view over everything: reads all rooms, owns nothing.

Holds the commands that run Milepost (`prepare`, `bootstrap`) and the demo organization.
"""
