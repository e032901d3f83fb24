"""The audit log: an append-only stream of events, each with its actor, time, reason and request.

Owns Event, the head of each organization's hash chain, and how far each reader of the stream has come.

Words
    event        one line of the stream; its kind is `noun.verb`, listed in `audit.events`
    chain        each event's hash covers the event before it; one chain per organization
    checkpoint   a signed note of a chain's length and hash, kept outside of the database

Invariants
    an event is written in the transaction of the change that it records
    no role of the application can change or delete an event, the owner's triggers refuse too
    an organization's events are numbered 1, 2, 3 ... without a gap
    sha256(previous hash + canonical text) is the event's hash: anybody can check an export
"""
