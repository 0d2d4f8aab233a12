"""What `dispatch doctor` looks at, and the words in which it says what is wrong."""

from dispatch.doctor.checks import CHECKS, NEEDS
from dispatch.doctor.findings import Examined, Finding, Standing, examine

__all__ = ["CHECKS", "NEEDS", "Examined", "Finding", "Standing", "examine"]
