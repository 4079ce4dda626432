"""An independent reading of the metrics' definitions, and a generator of companies to try it on."""
