"""The small embedded operator for the tests of training."""

from tests.simulated import operator, operator_settings

__all__ = ["operator", "operator_settings"]
