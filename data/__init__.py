"""What is true: the operator's tables, held to their contract and cut in time.

Reading order: `columns` (every column once), `schema` (the tables), `settings`, `engine` (DuckDB or Spark), `mapping`
(another schema's columns), `lake` (named tables, held to the contract by `check`), `known` (the lake as of a moment),
`audit` (blanks, outliers), `outputs` (files that verbs write), `simulate/` (the embedded operator).
"""
