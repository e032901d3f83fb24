"""Measurements. Run `python3 manage.py bench [NAMES] [--seconds N] [--json]`; `bench compare REV [NAMES]`
runs another revision and this one in turn.

Absolute figures tell about the machine, so every target is a ratio: the contestants of one comparison
take turns, round by round, and the median over the rounds of their ratios counts.

Words
    pair     one hold and one settle of the same tokens: two durable commits
    limit    what this PostgreSQL does when a pair is nothing but two guarded updates with an insert each
    hot      all clients work in one organization
    stall    the longest that a hold had to wait while a job ran
"""
