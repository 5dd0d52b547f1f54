# Man pages, installing, the Debian package, and the checks of both. Included by the Makefile.

PACKAGING := .packaging
VERSION = $(shell sed -nE 's/.*program = "([^"]+)".*/\1/p' Sources/gpsindex/Versions.swift)
MAN := .build/man
# Below PREFIX; Debian has a folder of its own for zsh.
ZSH_COMPLETIONS ?= share/zsh/site-functions
DEB_ARCH = $(shell dpkg --print-architecture)
DEB = .build/gpsindex_$(VERSION)_$(DEB_ARCH).deb

DEPS_DEB := dpkg-dev lintian gzip
DEPS_DEB_TEST := debootstrap man-db

.PHONY: docs commands test-docs man install uninstall deps-deb deb test-deb test-units test-install test-package test-first test-fresh

man: build-map
	$(SWIFT) build $(RELEASE) --product generate-manual
	$(PACKAGING)/man.sh $(BIN)/generate-manual $(BIN)/gpsindex $(MAN)

install: man ## install programs, man pages, completions, units and docs below PREFIX
	$(PACKAGING)/install.sh $(BIN)/gpsindex $(MAN) "$(DESTDIR)" "$(PREFIX)" "$(ZSH_COMPLETIONS)"

uninstall: ## remove what install installed below PREFIX
	$(PACKAGING)/uninstall.sh "$(DESTDIR)$(PREFIX)" "$(ZSH_COMPLETIONS)"

deps-deb:
	$(call need,$(DEPS_DEB))

deb: deps-deb man ## build .build/gpsindex_VERSION_ARCH.deb and run lintian
	rm -rf .build/deb
	$(PACKAGING)/install.sh $(BIN)/gpsindex $(MAN) .build/deb/root /usr share/zsh/vendor-completions
	$(PACKAGING)/deb/build.sh .build/deb $(VERSION) $(DEB)
	lintian --fail-on error,warning $(DEB)

test-deb: deb ## test the package in a fresh Debian 12 (root, network)
	$(call need,$(DEPS_DEB_TEST))
	$(PACKAGING)/deb/test.sh $(DEB)

test-install: man ## install into a temporary folder, check every file, uninstall
	$(PACKAGING)/test-install.sh $(BIN)/gpsindex $(MAN)

# The extractor reads debug modules as they are built by default.
docs: deps-build ## build the documentation of the libraries in .build/docs
	for name in PhotoModel SFTP SSHTransport PhotoMetadata PhotoIndex GeoFormats FlightQC Pictures; do \
	  $(SWIFT) build --target $$name || exit 1; \
	done
	$(PACKAGING)/docs.sh "$$($(SWIFT) build --show-bin-path)/Modules" .build/docs \
	  "$$($(SWIFT) -print-target-info | sed -nE 's/.*"triple" ?: "([^"]+)".*/\1/p' | head -n 1)"

test-package: deps-build ## build other packages on the libraries
	$(PACKAGING)/test-package.sh "$(SWIFT)"

test-units: deb tools ## test the systemd units in a Debian 12 container (root, network)
	$(call need,$(DEPS_DEB_TEST) systemd-container)
	$(PACKAGING)/deb/test-units.sh $(DEB) $(BIN)/site-generator

commands: build ## write docs/commands.md
	python3 Tools/commands.py $(BIN)/gpsindex > .build/commands.md
	mv .build/commands.md docs/commands.md

test-docs: deps-demo build tools .build/docs-venv/ready ## run the commands of the docs against a private server
	$(call need,$(DEPS_TEST) python3-venv)
	.build/docs-venv/bin/python Tests/DocumentTests/run.py $(BIN)

.build/docs-venv/ready: Tests/DocumentTests/requirements.txt
	python3 -m venv .build/docs-venv
	.build/docs-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

test-first: deps-demo tools ## time a fresh clone to the first GeoJSON file
	$(call need,$(DEPS_TEST))
	$(PACKAGING)/test-first.sh $(BIN)

test-fresh: tools ## time the same in a fresh Debian 12 (root, network)
	$(call need,$(DEPS_DEB_TEST))
	$(PACKAGING)/test-fresh.sh $(BIN)/site-generator
