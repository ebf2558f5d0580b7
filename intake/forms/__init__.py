"""Forms of the intake: the shape of input only. Choices are handed in, so that no form runs a query."""
