"""Functions of a table: no files of the lake, no tracking server, no HTTP.

In reading order: `feature_schema` and `base` (what every model shares), `baselines`, `calibration`, `boosted`,
`uplift`, `metrics`; the models of offers, churn and call volume stand on these.
"""
