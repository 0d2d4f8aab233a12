"""Tests of figures and evaluation."""
