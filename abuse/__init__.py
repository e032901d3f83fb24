"""The abuse battery: refuse requests for AI that are too many, too fast, too large or invalid.

Owns the rules, their counters in Redis, the staff's queue of blocks and flags. Limits are handed in.

Words
    attempt, admission   a try at an AI operation; one that every rule let through
    failure, block       a refusal by rate, gap, size or bad input; the pause after too many of them
    flag                 the hour's tokens crossed their limit: refuses nothing, staff look at it

Invariants
    counting and deciding are one atomic step, by the clock of Redis, never by a web node's
    in every minute a user has at most `requests_per_minute` admissions, `minimum_gap_seconds` apart
    an attempt during a block does not prolong it; one block or crossing is one row, however often recorded
    without an answer from Redis nothing is admitted
"""
