# SPDX-License-Identifier: Apache-2.0
revisit init a.case >/dev/null
revisit detect a.case --outline nowhere.geojson; echo $?
revisit detect a.case --evidence nowhere.tif; echo $?
