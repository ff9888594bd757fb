"""Answers: the web service and the bulk verbs, over the same published rows and the registry's champions.

Reading order: `publish` (labels and priced offers into the store), `champions` (models from the registry), `scoring`
(arrays: eligibility, probability, value, order), `decide` (one request) and `bulk` (all lines), `churn`, `forecast`,
`outcomes`, then the transport: `schemas`, `problems`, `auth`, `app`, `service`.
"""
