"""Published claims, tried again: what is run, what came out, and which of the claims hold.

A plan is data (plans/*.toml): settings with their seeds, and claims declared before the first run. `wanted`
says what is still to be trained, `claims` answers from what has been, `report` puts both together. Nothing
here asks a server; see app.client.reproduction.
"""
