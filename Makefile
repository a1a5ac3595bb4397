# SPDX-License-Identifier: Apache-2.0
# make check   installs what is needed, builds, runs every test
# make demo    installs what is needed, builds, draws a site, runs the chain on it
# make scoreboard   measures every goal that can be measured; FULL=1 on many scenes, for hours
# make bench-peers  measures ours beside other programs that do the same, which it installs; no check needs it
# Each does all its set-up; packages stand in packages.txt alone.

BUILD ?= build
PREFIX ?= /usr/local
SHARED := $(wildcard ../shared)
export REVISIT_SHARED ?= $(if $(SHARED),$(abspath $(SHARED)),)

.PHONY: all packages build check check-all scoreboard bench-peers demo format install uninstall clean

all: build

packages:
	@tools/install_packages.sh packages.txt

$(BUILD)/build.ninja:
	@$(MAKE) --no-print-directory packages
	@meson setup $(BUILD) $(MESON_ARGS) --prefix $(PREFIX) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }; rm -f $(BUILD).log

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

# The suite as users build it with warnings as errors, then the unit tests under the sanitizers.
check: packages
	@tools/check.sh $(BUILD)

check-all: packages
	@tools/install_packages.sh packages.txt --all
	@tools/check_all.sh $(BUILD)

# Debian's Python, for its numpy and GDAL.
scoreboard: build
	@tools/install_packages.sh packages.txt --all
	@/usr/bin/python3 bench/scoreboard.py $(BUILD)/cli/revisit --out $(BUILD)/scoreboard.json --docs docs/numbers.md $(if $(FULL),--full)

bench-peers: build
	@tools/install_packages.sh packages.txt --peers
	@/usr/bin/python3 bench/peers.py $(BUILD)/cli/revisit --out $(BUILD)/peers.json $(if $(ONLY),--only $(ONLY))

demo: build
	@tools/demo.sh $(BUILD)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: build
	@meson install -C $(BUILD) --no-rebuild

uninstall:
	@ninja -C $(BUILD) uninstall

clean:
	rm -rf $(BUILD) $(BUILD)-*
