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

.PHONY: man install uninstall deps-deb deb test-deb test-units test-install test-package

man: build
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

test-package: deps-build ## build other packages on the libraries, by path and by git address
	$(PACKAGING)/test-package.sh "$(SWIFT)"

test-units: deb tools ## boot a Debian 12 container in which the user's systemd syncs a site (root, network)
	$(call need,$(DEPS_DEB_TEST) systemd-container)
	$(PACKAGING)/deb/test-units.sh $(DEB) $(BIN)/site-generator
