"""People, organizations and who may do what in them.

Owns User (a person, everywhere), Organization, Membership, Department, Invitation and ApiKey.

Words
    owner, admin, member   the roles of a person in an organization
    staff                  operators of Milepost itself (`User.is_staff`)
    API key                an integrator's credential; acts as its creator, within its scopes

Invariants
    an organization has at least one owner
    an e-mail address belongs to one person, whatever its spelling (`canonical_email`)
    a key is stored as its SHA-256 and shown once; a key with a wrong checksum is refused without a query
"""
