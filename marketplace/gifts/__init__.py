"""Gifts: tokens from Milepost to an organization, a pack for another business, more quota for a colleague.

How a gift comes to be is in `offers`, how it ends in `endings`, what a payment and a link have to do with it in
`gifted_packs`. A gifted pack is ordered like any pack, so this room stands above `marketplace.packs`.

Words
    giver      the organization that bought a pack for another, or gives a colleague more quota
    recipient  the organization that took a pack by its link; it sees a row of its own, `received`
    link       leads whoever has it to a gifted pack; its secret is never stored, see `links`

Invariants
    unpaid -> offered -> accepted | declined | expired | withdrawn; each step once, by compare and set
    tokens are granted once per gift; those of a paid gift nobody took become the buyer's own pack, once
    no more is given than the caps of the price book say, however many give at once
    one organization's lock at a time: what a gift means for another organization is a step of its own
"""
