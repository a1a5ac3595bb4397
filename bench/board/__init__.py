# SPDX-License-Identifier: Apache-2.0
"""The parts of the scoreboard: what is run, what is measured on it, and how it is printed."""
