"""The embedded operator: customers, bills, contacts and offers from one seed, with the truth beside the lake.

Read in this order: `parameters`, `catalogue`, `people`, `usage`, `biller`, `state`, `leaving`, `contacts`, `arrivals`,
`acceptance`, `sales`, `truth`, `world`.
"""

from data.simulate.world import simulate

__all__ = ["simulate"]
