"""The embedded operator: customers, bills, contacts and offers from one seed, with the truth beside the lake.

Read in this order: `parameters`, `catalogue`, `people`, `usage`, `biller`, `state`, `leaving`, `contacts`, `causes`,
`arrivals`, `acceptance`, `sales`, `truth`, `pair_truth`, `world`, `chunk_months`, `simulation`.
"""

from data.simulate.simulation import simulate

__all__ = ["simulate"]
