"""`manage.py check_stripe`: the gateway against real Stripe with test keys, step by step.

stage     clocks and customers of a run, and the end of all of them
steps     the table: what each step does by the gateway that production uses, and what is expected to be seen
run       runs the table, goes on after a step that fails, and says what was seen
"""
