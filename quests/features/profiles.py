"""The kinds of people our planner puts on lead lists: profiles to look for, never invented companies.

Gaps: {business}, {brief}. [name] is for the sender to fill in.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One kind of lead. `weight` is its part of the value; `words` in goal or brief call for it."""

    name: str
    segment: str
    why: str
    channel: str
    first_message: str
    weight: int
    words: frozenset[str] = frozenset()


BRIEFED = Profile(
    "The people in your brief",
    "{brief}",
    "You named them yourself. Start with the five you could reach today, before anybody else on this list.",
    "A personal message, then a call two days later",
    "Hi [name], it's {business}. I have something in mind that fits what you do, and it takes ten minutes "
    "to show. Would Tuesday or Thursday suit you better?",
    4,
)

PROFILES = (
    Profile(
        "The quiet regular",
        "Bought at least twice, nothing in the last three months",
        "They know you and left without a complaint; one good reason usually brings every fifth of them back.",
        "Phone, or a message by name",
        "Hi [name], it's {business}. We have not seen you for a while and thought of you: for your next "
        "order this month I would like to add something on us. Shall I put it aside?",
        4,
        frozenset({"customers", "clients", "regulars", "retention", "repeat", "slow"}),
    ),
    Profile(
        "The unanswered quote",
        "Asked for a price in the last six months and never ordered",
        "The need was real and the price is known; mostly the question just got buried.",
        "Reply to the old thread",
        "Hi [name], you asked us for a price some time ago. Is it still open? If the scope has changed I "
        "can send a smaller version today.",
        4,
        frozenset({"quote", "quotes", "project", "projects", "contract", "b2b", "clients"}),
    ),
    Profile(
        "The happy voice",
        "Left a good review or said thank you this year",
        "They already recommend you in their heads; asked directly, most name somebody.",
        "Phone, or in person",
        "Hi [name], your kind words helped us a lot. Do you know one person who would like the same? I will"
        " look after them myself.",
        3,
        frozenset({"referral", "referrals", "reputation", "review", "reviews", "local", "new"}),
    ),
    Profile(
        "The good neighbour",
        "A business within ten minutes that serves the same people, without competing",
        "Its customers pass your door already, and a joint offer costs both of you nothing up front.",
        "Walk in at a quiet hour",
        "Hello, I'm from {business} around the corner. Our customers are often yours: could we try one "
        "joint offer for a month and share what comes of it?",
        3,
        frozenset({"local", "shop", "store", "cafe", "restaurant", "partner", "partners", "event"}),
    ),
    Profile(
        "Last year's seasonal buyer",
        "Bought in these same weeks a year ago",
        "The occasion comes back every year, and whoever asks first usually gets the order.",
        "Message with last year's order in it",
        "Hi [name], at this time last year we prepared an order for you. Shall we do the same again, or a "
        "little more? If you tell me this week, the date is yours.",
        3,
        frozenset({"season", "seasonal", "christmas", "summer", "winter", "holiday", "gifts", "event"}),
    ),
    Profile(
        "The big one-off",
        "A single purchase far above your average, and none since",
        "They can spend and were content enough not to complain; nobody has offered the next step yet.",
        "Phone, by the owner",
        "Hi [name], it's the owner of {business}. How has it worked out for you? I have an idea for what "
        "could come next and would value ten minutes of your opinion.",
        4,
        frozenset({"large", "enterprise", "b2b", "premium", "project", "projects", "average"}),
    ),
    Profile(
        "The newcomer",
        "Moved or opened nearby within the last three months",
        "New people choose their suppliers in the first weeks and then keep them for years.",
        "A card through the door, then a visit",
        "Welcome to the neighbourhood! We are {business}. Bring this note for a first order with a little "
        "extra, and ask us anything about the area.",
        2,
        frozenset({"new", "local", "grow", "open", "launch", "expand"}),
    ),
    Profile(
        "The unhappy switcher",
        "Says in public that another supplier was late, costly or hard to reach",
        "The decision to leave is made; what is missing is somebody who answers the same day.",
        "A short reply where they wrote",
        "Hi [name], sorry to read that. We are {business} and happy to help this week, without a contract. "
        "Tell me what you need and I will answer today.",
        3,
        frozenset({"online", "web", "market", "competition", "competitor", "switch"}),
    ),
    Profile(
        "The office organiser",
        "Buys for a team of ten or more: office, school, club",
        "One yes is worth many single sales and tends to repeat every month.",
        "E-mail, then a sample",
        "Hi [name], we are {business} and look after teams like yours. May I send a sample for everybody "
        "this week, with a simple monthly price?",
        4,
        frozenset({"b2b", "team", "teams", "office", "subscription", "recurring", "monthly", "school"}),
    ),
    Profile(
        "The community host",
        "Runs a group, market or event your customers go to",
        "They need good things to offer their people, and one date puts you before all of them.",
        "Direct message, then a meeting",
        "Hi [name], your people and ours have a lot in common. {business} would gladly bring something for "
        "the next date: what would make it easy for you?",
        2,
        frozenset({"event", "events", "community", "club", "market", "social", "online", "reach"}),
    ),
)
