# SPDX-License-Identifier: Apache-2.0
revisit init x.case
revisit show x.case
revisit show x.case --json
revisit show x.case scenes
revisit show x.case scenes --json
revisit show x.case structures --geojson
