# SPDX-License-Identifier: Apache-2.0
"""One module a peer: what is drawn, how ours and theirs are run, what is compared. bench/peers.py runs them."""
