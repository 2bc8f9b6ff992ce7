# The commands of this project; `make help` lists them. Settings: NATS_PORT, HTTP_PORT, MONITOR_PORT (make run),
# JOBS (how many at once), PRESET (CMakePresets.json).
SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
# Warnings are errors where a machine decides, so that nobody's newer compiler stops a build.
PRESET ?= $(if $(CI),ci,release)
# Many tests wait for a midnight of a real server: one more than there are processors.
CTEST := ctest --output-on-failure --no-tests=error -j $(shell expr $(JOBS) + 1)
SHORT := ^(unit|contract|integration|sim|hygiene)$$

.PHONY: help run build test test-long bench asan lint coverage package image-test deps configure clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

run: ## build, then a nats-server and roomkeeper in the foreground (NATS_PORT=, HTTP_PORT=, MONITOR_PORT=)
	@tools/deps run
	@cmake --preset $(PRESET) >build/configure.log || { cat build/configure.log; exit 1; }
	@cmake --build build --target roomkeeper roomctl -- -j $(JOBS)
	@$(foreach v,NATS_PORT HTTP_PORT MONITOR_PORT,$(if $($(v)),$(v)=$($(v)))) exec setpriv --pdeathsig TERM tools/dev

configure:
	@cmake --preset $(PRESET)

build: configure ## everything, Release, into build/ (programs in build/bin)
	@cmake --build build -- -j $(JOBS)

test: deps configure ## unit, contract, integration, simulation, hygiene
	@cmake --build build --target short_tests -- -j $(JOBS)
	$(CTEST) --test-dir build -L '$(SHORT)'

test-long: deps build ## what takes longer than a test run should
	@tools/deps helm browser
	@if ctest --test-dir build -N -L '^long$$' | grep -q '^Total Tests: 0$$'; then \
	  echo 'make test-long: no test carries the label long'; \
	else \
	  $(CTEST) --test-dir build -L '^long$$'; \
	fi

bench: deps build ## measured figures, beside the raw server
	@tools/bench

asan: deps ## the tests under address and undefined-behaviour sanitizers, in build-asan
	@cmake --preset asan
	@cmake --build --preset asan -- -j $(JOBS)
	@ctest --preset asan -j $(JOBS)

lint: ## clang-format and clang-tidy
	@tools/deps run lint
	@cmake --preset lint >/dev/null
	@tools/lint

coverage: deps ## line coverage of the tests, in build-coverage
	@tools/deps coverage
	@cmake --preset coverage
	@cmake --build --preset coverage -- -j $(JOBS)
	@tools/coverage

package: ## the Debian package, in build/package
	@tools/deps package
	@cmake --preset $(PRESET) >build/configure.log || { cat build/configure.log; exit 1; }
	@cmake --build build --target roomkeeper roomctl roomkeeper_manpages -- -j $(JOBS)
	@cd build && cpack -G DEB -B package >package.log || { cat package.log; exit 1; }
	@ls build/package/*.deb

image-test: deps ## the Dockerfile's steps in a Debian root, without a container engine (needs root)
	@JOBS=$(JOBS) tools/image_test

deps: ## install what a build or a test needs and is missing (YES=1: without asking)
	@tools/deps test

clean: ## remove what was built; build/tools (servers) and build/dev (data) stay
	@find build -mindepth 1 -maxdepth 1 ! -name tools ! -name dev -exec rm -rf {} + 2>/dev/null || true
	@rm -rf build-asan build-tsan build-coverage build-dev build-ci
