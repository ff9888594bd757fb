"""Answers: the web service and the bulk verbs, over the same published rows and the registry's champions.

Reading order: `publish` (labels and priced offers into the store; `popup`: manual priorities), `champions` (models from
the registry), `situation` (what a request brings), `eligibility`, `applicability`, `suitability` and `layers` (what is
held back), `scoring` (P x V x C x L and the order), `choice` (exploration), `decide` and `answer` (one request), `bulk`
and `reach` (all lines, by channel), `news` and `sync` (outcomes come back), `queue_load`, `churn`, `forecast`,
`outcomes`, then the transport: `schemas`, `problems`, `auth`, `app`, `service`.
"""
