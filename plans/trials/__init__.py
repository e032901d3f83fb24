"""Trials: a new organization tastes a plan for some days, with some tokens, before anybody pays.

Owns Trial and TrialClaim.

Words
    trial      `trial_days` of a plan with `trial_tokens`, both of the price book; 0 of either: none is offered
    claim      that a person or an address had a trial, as a keyed hash

Invariants
    one trial an organization, a person, an address; none for an organization that had a plan, none for a test one
    a trial is over at `ends_at` by the database's time: readers do not wait for the job, which records it and notifies
    its tokens are one bucket, promo, of the key `trial:<id>`, which expires at `ends_at`; there is no allowance
    it is no subscription: nothing that counts subscriptions, MRR and customers among them, sees it

Note [One trial a person]
    Whoever begins a trial claims it with all owners of the organization: each one's id, and each address by which they
    can be reached, in the spelling that all spellings of its mailbox share (`saas.accounts.models.mailbox`). What is
    stored is the HMAC-SHA256 of these under a key derived from SECRET_KEY, in a table that only two functions of
    `plans/sql/trials.sql` read and write. So it is remembered for good, also when the person was erased and the
    organization purged, and says nothing about anybody to who has the database alone. It is looked up under
    SECRET_KEY_FALLBACKS, too: with a key that is taken from there, what was claimed under it is forgotten.
"""
