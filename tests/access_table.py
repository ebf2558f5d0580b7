"""Who may enter where: every route of the product, by endpoint, with the rule it declares.

A route that is not here fails `test_architecture.py`. The word is `public`, `signed_in`, or the name of the
rule of `@requires`. The walk over roles and organisations reads the same table.
"""

ROUTES: dict[str, str] = {}
