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

install: man ## install binary, man pages, completions, systemd user units and docs below PREFIX
	$(PACKAGING)/install.sh $(BIN)/gpsindex $(MAN) "$(DESTDIR)" "$(PREFIX)" "$(ZSH_COMPLETIONS)"

uninstall: ## remove what install put below PREFIX
	$(PACKAGING)/uninstall.sh "$(DESTDIR)$(PREFIX)" "$(ZSH_COMPLETIONS)"

deps-deb:
	$(call need,$(DEPS_DEB))

deb: deps-deb man ## build .build/gpsindex_VERSION_ARCH.deb and let lintian judge it
	rm -rf .build/deb
	$(PACKAGING)/install.sh $(BIN)/gpsindex $(MAN) .build/deb/root /usr share/zsh/vendor-completions
	$(PACKAGING)/deb/build.sh .build/deb $(VERSION) $(DEB)
	lintian --fail-on error,warning $(DEB)

test-deb: deb ## install the package in a fresh Debian 12, use it, purge it (root, network)
	$(call need,$(DEPS_DEB_TEST))
	$(PACKAGING)/deb/test.sh $(DEB)

test-install: man ## install into a temporary folder, look at every file, uninstall
	$(PACKAGING)/test-install.sh $(BIN)/gpsindex $(MAN)

# The extractor reads debug modules as they are built by default.
docs: deps-build ## write the documentation of the libraries to .build/docs; a warning is an error
	for name in PhotoModel SFTP SSHTransport PhotoMetadata PhotoIndex GeoFormats; do \
	  $(SWIFT) build --target $$name || exit 1; \
	done
	$(PACKAGING)/docs.sh "$$($(SWIFT) build --show-bin-path)/Modules" .build/docs \
	  "$$($(SWIFT) -print-target-info | sed -nE 's/.*"triple" ?: "([^"]+)".*/\1/p' | head -n 1)"

test-package: deps-build ## build other packages on the libraries, by path and by git address
	$(PACKAGING)/test-package.sh "$(SWIFT)"

test-units: deb tools ## boot a Debian 12 container in which the user's systemd syncs a site (root, network)
	$(call need,$(DEPS_DEB_TEST) systemd-container)
	$(PACKAGING)/deb/test-units.sh $(DEB) $(BIN)/site-generator

commands: build ## write docs/commands.md, every command and option
	python3 Tools/commands.py $(BIN)/gpsindex > .build/commands.md
	mv .build/commands.md docs/commands.md

test-docs: deps-demo build tools .build/docs-venv/ready ## run the commands of README, tutorial and index page against a private server
	$(call need,$(DEPS_TEST) python3-venv)
	.build/docs-venv/bin/python Tests/DocumentTests/run.py $(BIN)

.build/docs-venv/ready: Tests/DocumentTests/requirements.txt
	python3 -m venv .build/docs-venv
	.build/docs-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

test-first: deps-demo tools ## fresh clone, empty home: three commands to the first GeoJSON file, timed
	$(call need,$(DEPS_TEST))
	$(PACKAGING)/test-first.sh $(BIN)

test-fresh: tools ## the same in a fresh Debian 12 below a folder, with what apt installs (root, network)
	$(call need,$(DEPS_DEB_TEST))
	$(PACKAGING)/test-fresh.sh $(BIN)/site-generator
