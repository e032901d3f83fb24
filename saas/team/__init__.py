"""Running an organization: opening it, inviting people, roles, departments, keys.

Stands above plans and licensing since a plan limits members and a new organization needs an account
and a license. Owns TokenRequest; people and organizations are in `saas.accounts`.

Invariants
    an organization is opened with its owner, its token account and its license, or not at all
    an organization keeps at least one owner
    no more members and open invitations than the plan allows
    a person has one open request for tokens at most, and a request is answered once
"""
