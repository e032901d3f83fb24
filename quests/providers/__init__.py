"""Call AI providers within one deadline, and check everything they answer.

`calls.complete(prompt)` asks the configured providers in order; `calls.check_ready()` says beforehand
whether there is anybody to ask. `prompt.Prompt` is what goes in, `prompt.Completion` what comes out.

A provider is one entry in `table.ADAPTERS`: a function from a `ProviderCall` to a `Reply`. The vendors' SDKs are
imported here, on first use, and nowhere else.

Invariants
    one total deadline holds over all attempts, whatever a server does (`saas.kernel.background`)
    a body is cut at the byte cap while it is read, is never decompressed, never redirected (`wire`)
    no retry happens behind our back, so each attempt is recorded once
    content is cleaned and checked against the schema before anybody sees it (`output`)
"""
