"""Sync: clients keep copies of goals, quests and revenue entries, change them offline, and bring the changes here.

Owns what clients pushed and the conflicts between copies.

Words
    record      a goal, a quest or a revenue entry
    version     of a record: 1, and one more with each change
    number      of a change: the organization's next, given in the order of commits (`quests/sql/changes.sql`)
    cursor      the number up to which a client knows everything; opaque to it
    base        the version that a client changed; 0 for what it made
    conflict    two edits of one version: both are kept until somebody chooses

Invariants
    a reader that goes on from its cursor misses no change, whoever commits in between
    a pushed change is applied once, however often it is sent
    what a client sends is applied, kept as a conflict, or refused with its reason: never lost
    the order is the server's; a client's clock decides nothing
"""
