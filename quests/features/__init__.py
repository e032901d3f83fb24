"""AI operations: each one a prompt, a schema, and a plan of our own for the provider `builtin`.

`table.FEATURES` is the map: operation name -> `Feature`. To add one: a request dataclass in `inputs`, a
module with its prompt, one entry in the table.

Modules
    inputs      what a prompt is made from: goals, revenue, requests
    outlook     what the numbers say: gap, time left, pace
    playbook    the plays our planner chooses quests from; `profiles` those for lead lists
    words       numbers and dates as people write them; how they are handed to a model as data

Invariant: a plan is a pure function of its request, so the same goal on the same day reads the same.
"""
