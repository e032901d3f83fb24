"""The one path of a metered AI operation: decide, hold, perform, settle or release.

Owns the pipeline, the table of operations and the record of every attempt at a provider.

Words
    operation     one kind of metered AI work, an entry in the table of operations
    attempt       one call of one AI provider within an operation; failed ones are recorded too
    model usage   tokens as the provider counts them: `model_input_tokens`, `model_output_tokens`

Invariants
    nothing is performed before tokens are held, and no transaction is open meanwhile
    every exit ends the hold: what was delivered is settled, the rest is released
    a failed, timed-out, cancelled or killed call costs 0 tokens
    the real cost of every attempt is kept, charged or not

The words for what a provider can do wrong live here (`ai`), below the features that ask providers.
"""
