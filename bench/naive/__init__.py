# SPDX-License-Identifier: Apache-2.0
"""The naive methods that a drawn world must defeat: if they do well, the world is too easy and no figure measured on it
means anything. One file a method, each as its literature defines it: docs/methods/scoreboard.md."""
