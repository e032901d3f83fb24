"""Licenses: the right to use the product, by the state of payments.

Owns License. Its state is a pure function of (past_due_at, now, rules) in `licensing.stages`; the row
stores when payment failed, and the last state that people were notified of.

Words
    past due     the instant of the first failed renewal, day 0; later failures do not move it
    stage        a state with the instant it starts at: grace, offline, suspended
    capability   ai, sync, reports: what a stage turns off, in this order
    paused       since when nothing is billed because somebody asked for it; no failed payment, and no stage

Invariants
    at day 0, and when it is paused, every open hold is revoked and spending stops, in one transaction
    paying, or resuming, restores everything, exactly once
    a late job never skips a stage: readers compute, the job only records and notifies
"""
