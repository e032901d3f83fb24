"""Goals, and what AI makes of them: quests, lead lists, forecasts.

Owns goals, revenue entries and everything generated from them.

Words
    goal        an amount of money to have by a date
    gap         what is missing: target minus current, never below 0
    quest       one complete way to close a goal's gap, in dated steps
    feature     one AI operation: a prompt, a schema and a plan of our own (`quests.features`)
    pace        whether a goal's money comes in as fast as its day needs (`quests.pace`)
    provider    who answers a prompt: `builtin`, `openai`, `anthropic` (`quests.providers`)

Invariants
    the amounts of a quest's steps add up to the goal's gap, to the cent, until people edit them
    goal text is data to a provider, never instruction; no feature has a tool that can act
    what a provider says is believed only after it was cleaned, sized and checked against the schema
"""
