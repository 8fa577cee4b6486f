"""What crosses between R and Python: plain messages of text, lists and bytes; R's side is `R/wire.R`.

A message is a dict with a `type`. Numbers travel as the bytes that R and NumPy share, text as UTF-8 ended by NUL,
so that neither reticulate's conversions nor any version of NumPy or pandas can change a value. Objects that cannot
cross stay here: their message holds a position among the `Kept` objects that go with the answer.
"""
