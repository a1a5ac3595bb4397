# SPDX-License-Identifier: Apache-2.0
revisit init x.case
revisit align x.case --model=bent
