# Build, test and measure gpsindex. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift

UNAME := $(shell uname -s)
# Links the Swift runtime statically: the program starts faster, and runs without a toolchain.
RELEASE := -c release
ifeq ($(UNAME),Linux)
RELEASE += --static-swift-stdlib --disable-local-rpath
# Also links the C++ library statically: the linker finds only the static one in this folder.
STATIC_CXX := .build/static/libstdc++.a
RELEASE += -Xswiftc -L$(CURDIR)/$(dir $(STATIC_CXX))
endif
BIN := .build/release
VENV := .build/bench-venv

DEPS_BUILD := libssh2-1-dev libexif-dev libsqlite3-dev libexpat1-dev zlib1g-dev pkg-config
DEPS_SERVER := openssh-server openssh-client openssh-sftp-server
DEPS_TEST := dropbear-bin python3-asyncssh python3-paramiko gdal-bin python3-gdal python3-jsonschema python3-geojson python3-pil sqlite3 libimage-exiftool-perl jq
# libpq5, which gpsindex loads for publish, comes with it.
DEPS_POSTGRES := postgresql-15 postgresql-15-postgis-3 postgresql-client-15
DEPS_FAULTS := valgrind binutils python3-paramiko faketime dropbear-bin python3-asyncssh
DEPS_SERVERS := python3-venv sqlite3 debootstrap dropbear-bin proftpd-core proftpd-mod-crypto rclone gesftpserver \
  golang-go golang-github-pkg-sftp-dev golang-golang-x-crypto-dev
DEPS_MOUNTS := libfuse3-dev fuse3 gcc libc6-dev pkg-config
DEPS_BENCH := python3-venv sshfs libimage-exiftool-perl gcc libc6-dev strace
DEPS_LOCAL := libimage-exiftool-perl exiv2
DEPS_FETCH := rsync rclone lftp sqlite3

# The map library is found at run time; the browser is for make test-map and bench-map alone.
DEPS_MAP := libjs-leaflet
DEPS_BROWSER := chromium python3-websockets

DEPS_ACCEPT := qgis python3-qgis xvfb xauth python3-gdal gdal-bin sqlite3 python3-venv

.PHONY: help deps deps-build deps-faults deps-demo deps-bench deps-accept build tools lint \
  test test-faults test-asan test-kill test-hostile-index test-walk test-answers test-qc soak fuzz fuzz-targets accept \
  demo bench bench-first bench-index bench-link bench-sync bench-parser bench-big bench-bytes bench-compare bench-moments bench-progress bench-qc bench-start man install clean
.PHONY: deps-servers test-servers deps-mounts test-mounts
.PHONY: test-qc-rules test-changes
.PHONY: deps-postgres test-publish test-parquet bench-publish
.PHONY: deps-fetch bench-fetch deps-local bench-local bench-watch bench-pictures
.PHONY: test-share bench-share
.PHONY: deps-map build-map test-map test-clients basemap bench-map

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 22

# $(call need,PACKAGES): installs missing packages; silent when there are none. It queries dpkg first, because apt-get
# needs the network and root even when there is nothing to do.
define need
	@if command -v dpkg >/dev/null; then \
	  missing=(); \
	  for package in $(1); do \
	    [[ "$$(dpkg-query -W -f '$${db:Status-Status}' "$$package" 2>/dev/null)" == installed ]] \
	      || missing+=("$$package"); \
	  done; \
	  if (( $${#missing[@]} )); then \
	    sudo=""; if (( EUID != 0 )); then sudo=sudo; fi; \
	    echo "installing $${missing[*]}"; \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q; \
	    $$sudo env DEBIAN_FRONTEND=noninteractive \
	      apt-get install -y -q --no-install-recommends "$${missing[@]}"; \
	  fi; \
	elif [[ "$(UNAME)" == Darwin ]]; then \
	  for library in libssh2 libexif sqlite3 expat; do \
	    pkg-config --exists "$$library" || { \
	      echo "$$library is missing; try: brew install pkgconf libssh2 libexif sqlite expat" >&2; \
	      echo "(the tests also use: brew install gdal exiftool jq)" >&2; exit 1; }; \
	  done; \
	else \
	  echo "not Debian: install these packages, or similar ones: $(1)" >&2; \
	fi
endef

deps: deps-postgres ## install what building and testing need (Debian 12; uses sudo)
	$(call need,$(DEPS_BUILD) $(DEPS_SERVER) $(DEPS_TEST) $(DEPS_MAP))

# Debian's package makes a cluster and starts it unless it is told not to; tests start servers of their own.
CLUSTER_RULE := /etc/postgresql-common/createcluster.d/gpsindex-tests.conf
deps-postgres:
	@if command -v dpkg >/dev/null && [[ ! -d /usr/share/postgresql-common ]]; then \
	  sudo=""; if (( EUID != 0 )); then sudo=sudo; fi; \
	  $$sudo mkdir -p $(dir $(CLUSTER_RULE)); \
	  echo "create_main_cluster = false" | $$sudo tee $(CLUSTER_RULE) >/dev/null; \
	fi
	$(call need,$(DEPS_POSTGRES))
	@if [[ -e $(CLUSTER_RULE) ]]; then \
	  sudo=""; if (( EUID != 0 )); then sudo=sudo; fi; $$sudo rm -f $(CLUSTER_RULE); \
	fi

deps-map:
	$(call need,$(DEPS_BUILD) $(DEPS_MAP) $(DEPS_BROWSER))

deps-build:
	$(call need,$(DEPS_BUILD))

deps-faults:
	$(call need,$(DEPS_FAULTS))

deps-servers:
	$(call need,$(DEPS_BUILD) $(DEPS_SERVER) $(DEPS_SERVERS))

deps-mounts:
	$(call need,$(DEPS_BUILD) $(DEPS_MOUNTS))

deps-demo:
	$(call need,$(DEPS_BUILD) $(DEPS_SERVER))

deps-bench:
	$(call need,$(DEPS_BUILD) $(DEPS_SERVER) $(DEPS_TEST) $(DEPS_BENCH))

deps-fetch:
	$(call need,$(DEPS_BUILD) $(DEPS_SERVER) $(DEPS_FETCH))

deps-local:
	$(call need,$(DEPS_BUILD) $(DEPS_LOCAL))

deps-accept:
	$(call need,$(DEPS_BUILD) $(DEPS_ACCEPT))

.build/static/libstdc++.a:
	mkdir -p $(@D)
	ln -sf "$$(gcc -print-file-name=libstdc++.a 2>/dev/null || clang -print-file-name=libstdc++.a)" $@

build: deps-build $(STATIC_CXX) ## build the release binary, .build/release/gpsindex
	$(SWIFT) build $(RELEASE) --product gpsindex

# A separate program with the HTTP library; only `gpsindex serve` needs it.
build-map: build ## build the map server, .build/release/gpsindex-map
	$(SWIFT) build $(RELEASE) --product gpsindex-map

# The programs that the demo and the benchmarks need.
tools: deps-build $(STATIC_CXX)
	$(SWIFT) build $(RELEASE) --product site-generator
	$(SWIFT) build $(RELEASE) --product private-sshd
	$(SWIFT) build $(RELEASE) --product link-simulator

lint: ## check format and sizes of Swift files, and words of docs, help and errors
	$(SWIFT) format lint --strict -r Package.swift Sources Tests Support Tools Benchmarks Examples migrations
	python3 Tools/check_sizes.py
	python3 Tools/check_words.py

test: deps lint ## install what is missing, lint, build, run all quick tests
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip '^FaultTests[.]' 2>&1 | tee .build/test.log

test-faults: deps deps-faults ## run fault tests that take seconds; write docs/faults.md
	$(SWIFT) build --build-tests
	touch .build/test.log .build/test-asan.log .build/soak.log
	$(SWIFT) test --skip-build --no-parallel --filter '^FaultTests[.]' 2>&1 | tee .build/test-faults.log
	python3 Tests/FaultTests/table.py docs/faults.md .build/test.log .build/test-asan.log .build/soak.log .build/test-faults.log

# The C libraries come uninstrumented; leaks are not counted, the runtime keeps memory until the end. What any program of the
# tests reports goes into files, so that no test can swallow it.
# Optimised, and with short stacks per allocation: as a debug build it takes ten times as long.
ASAN_REPORTS := .build/asan-reports
test-asan: deps ## run the quick tests with the AddressSanitizer
	rm -rf $(ASAN_REPORTS) && mkdir -p $(ASAN_REPORTS)
	ASAN_OPTIONS=detect_leaks=0:malloc_context_size=5:log_path=$(CURDIR)/$(ASAN_REPORTS)/report \
	  $(SWIFT) test -c release -Xswiftc -enable-testing --sanitize=address --scratch-path .build/asan \
	  --skip '^FaultTests[.]' 2>&1 | tee .build/test-asan.log
	@if grep -l . $(ASAN_REPORTS)/* 2>/dev/null; then \
	  cat $(ASAN_REPORTS)/* | tee -a .build/test-asan.log; exit 1; fi
	@echo "no report of the AddressSanitizer" | tee -a .build/test-asan.log

# Photos to make mutants of beside those made from code: GPSINDEX_PHOTOS=FOLDER.
fuzz: deps-build $(STATIC_CXX) ## parse a million mutants of photos and of SFTP replies
	$(SWIFT) build $(RELEASE) --product mutants
	$(BIN)/mutants photos --count 1000000 --slowest 50 $(if $(GPSINDEX_PHOTOS),--photos $(GPSINDEX_PHOTOS))
	$(BIN)/mutants pictures --count 100000 $(if $(GPSINDEX_PHOTOS),--photos $(GPSINDEX_PHOTOS))
	$(BIN)/mutants sftp --count 1000000 --most-allocated 1048576

# libFuzzer with the AddressSanitizer; what it learns stays in .build/fuzz/corpus.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := containers exif xmp sftp
fuzz-targets: deps-build $(STATIC_CXX) ## run each fuzz target for FUZZ_SECONDS (60)
	$(SWIFT) build $(RELEASE) --product mutants
	$(BIN)/mutants seeds .build/fuzz/seeds
	GPSINDEX_FUZZ=1 $(SWIFT) build -c release --scratch-path .build/fuzz --sanitize=address \
	  -Xswiftc -sanitize=fuzzer --product fuzz
	for name in $(FUZZ_TARGETS); do \
	  mkdir -p .build/fuzz/corpus/$$name; \
	  ASAN_OPTIONS=detect_leaks=0 .build/fuzz/release/fuzz $$name -max_total_time=$(FUZZ_SECONDS) -timeout=5 \
	    -max_len=65536 -print_final_stats=1 -artifact_prefix=.build/fuzz/$$name- \
	    .build/fuzz/corpus/$$name .build/fuzz/seeds/$$name; \
	done

# Deterministic by its seed; HOSTILE_SEED=2 tries other values.
HOSTILE_SEED ?= 1
test-hostile-index: deps ## run every command on hostile indexes, 7,000 runs
	$(SWIFT) build --product gpsindex
	$(SWIFT) build --product gpsindex-map
	python3 Tests/HostileIndexTests/run.py --programs .build/debug --seed $(HOSTILE_SEED)

test-kill: deps ## kill -9 a sync and a fetch at 200 random moments each
	$(SWIFT) build --build-tests
	GPSINDEX_KILLS=200 $(SWIFT) test --skip-build --filter ConcurrencyTests
	GPSINDEX_KILLS=200 $(SWIFT) test --skip-build --filter t10_killedAtAnyMoment

# WALK_SEED=N for other rounds; half of them go over SFTP. An anomaly prints the command that repeats it.
WALK_ROUNDS ?= 1000
WALK_SEED ?= 1
test-walk: deps build ## run 1,000 rounds of random changes and disturbed syncs
	$(SWIFT) build $(RELEASE) --product sync-walk
	$(BIN)/sync-walk --self-test
	$(BIN)/sync-walk --rounds $$(( ($(WALK_ROUNDS) + 1) / 2 )) --seed $(WALK_SEED)
	$(BIN)/sync-walk --rounds $$(( $(WALK_ROUNDS) / 2 )) --seed $(WALK_SEED) --sftp

# CHANGES_SEED=N for other rounds.
CHANGES_ROUNDS ?= 2000
CHANGES_SEED ?= 1
test-changes: deps build ## compare gpsindex changes with a model, 2,000 rounds of random changes
	$(SWIFT) build $(RELEASE) --product sync-walk
	$(BIN)/sync-walk --self-test
	$(BIN)/sync-walk --changes --rounds $(CHANGES_ROUNDS) --seed $(CHANGES_SEED)

# ANSWERS_SEED=N for other queries.
ANSWERS_COUNT ?= 1500
ANSWERS_SEED ?= 1
test-answers: deps build .build/answers-venv/ready ## compare 1,500 random queries with brute force in Python
	.build/answers-venv/bin/python Tests/AnswerTests/answers.py $(BIN)/gpsindex --self-test
	.build/answers-venv/bin/python Tests/AnswerTests/answers.py $(BIN)/gpsindex --count $(ANSWERS_COUNT) --seed $(ANSWERS_SEED)

.build/answers-venv/ready: Tests/AnswerTests/requirements.txt
	python3 -m venv .build/answers-venv
	.build/answers-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

# PUBLISH_SEED=N for other rounds. Servers are private, in a temporary folder, on a Unix socket.
PUBLISH_ROUNDS ?= 2000
PUBLISH_SEED ?= 1
test-publish: deps-postgres build index-generator ## publish to a private PostGIS: all cases, 2,000 random rounds
	python3 Tests/PublishTests/cases.py $(BIN)
	python3 Tests/PublishTests/walk.py $(BIN) --self-test
	python3 Tests/PublishTests/walk.py $(BIN) --rounds $(PUBLISH_ROUNDS) --seed $(PUBLISH_SEED)

# The block of docs/team.md; `make accept` runs it, too.
test-parquet: deps-build index-generator .build/accept-venv/ready ## write GeoParquet with DuckDB, read it with pyarrow and GeoPandas
	mkdir -p out && rm -f out/parquet.gpkg
	$(BIN)/index-generator out/parquet.gpkg --sites 20 --survey
	.build/accept-venv/bin/python Tests/AcceptanceTests/parquet.py out/parquet.gpkg out/parquet

test-qc: deps-build .build/qc-venv/ready ## compare footprints, overlaps and holes with cameratransform, orthority, shapely
	$(SWIFT) build --product qc-check
	.build/qc-venv/bin/python Tests/FlightQCTests/reference.py .build/debug/qc-check

.build/qc-venv/ready: Tests/FlightQCTests/requirements.txt
	python3 -m venv .build/qc-venv
	.build/qc-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

# Generated flights; QC_SEED=N for others. Exit code 2 if a bar is missed; QC_KEEP=FOLDER keeps CSV files of wrong answers.
QC_COUNT ?= 300
QC_SEED ?= 1
test-qc-rules: deps-build $(STATIC_CXX) ## judge the rules of qc with 300 generated flights per rule and kind
	$(SWIFT) build $(RELEASE) --product qc-check
	python3 Tests/FlightQCTests/generator/judge.py $(BIN)/qc-check --self-test
	python3 Tests/FlightQCTests/generator/judge.py $(BIN)/qc-check --count $(QC_COUNT) --seed $(QC_SEED) \
	  --details .build/qc-rules.txt $(if $(QC_KEEP),--keep $(QC_KEEP))

# SOAK=300 for a short one.
SOAK ?= 2000
soak: deps-build deps-demo ## run 2,000 syncs, and 2,000 polls of a watch, with random faults; memory must stay flat
	$(SWIFT) build $(RELEASE) --product hostile-server
	$(SWIFT) build $(RELEASE) --product soak
	$(BIN)/soak $(SOAK) 2>&1 | tee .build/soak.log
	$(BIN)/soak watch $(SOAK) 2>&1 | tee -a .build/soak.log

# SERVERS=dropbear,conch for some of them.
test-servers: deps-servers build tools .build/servers-venv/ready .build/tinyssh/usr/sbin/tinysshd .build/trixie/ready ## test all keys and a whole site at the SFTP servers of Debian and PyPI; writes docs/servers.md
	PATH="$$PATH:$(CURDIR)/.build/tinyssh/usr/sbin" python3 Tests/ForeignServerTests/run.py $(BIN) \
	  --python .build/servers-venv/bin/python --newer .build/trixie/root $(if $(SERVERS),--only $(SERVERS),--write docs/servers.md)

test-mounts: deps-mounts build tools .build/delayfs ## test folders that answer late, hang or die (FUSE)
	python3 Tests/MountTests/run.py --bin $(BIN) --delayfs .build/delayfs

.build/delayfs: Support/DelayFS/delayfs.c
	$(CC) -O2 -Wall -Wextra -o $@ $< $$(pkg-config --cflags --libs fuse3)

# Not installed: the package would open a port on all addresses.
.build/tinyssh/usr/sbin/tinysshd:
	mkdir -p .build/tinyssh && cd .build/tinyssh && apt-get download tinysshd && dpkg -x tinysshd_*.deb .

# The servers of the next Debian, in a root folder of their own. Without root, or where debootstrap fails, they are left out.
NEWER := openssh-server,openssh-sftp-server,dropbear-bin,tinysshd,proftpd-core,proftpd-mod-crypto
.build/trixie/ready:
	rm -rf .build/trixie && mkdir -p .build/trixie
	debootstrap --variant=minbase --include=$(NEWER) trixie .build/trixie/root >.build/trixie/log 2>&1 \
	  && touch $@ || { echo "no newer servers:"; tail -n 3 .build/trixie/log; rm -rf .build/trixie/root; }

.build/servers-venv/ready: Tests/ForeignServerTests/requirements.txt
	python3 -m venv .build/servers-venv
	.build/servers-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

# Debian's Python, to which apt adds websockets.
test-map: deps-map build-map tools index-generator ## test the map in a real Chromium (heavy)
	mkdir -p out
	/usr/bin/python3 Tests/MapServerTests/check_map.py $(BIN) out

# Debian's Python drives the browser; that of the virtual environment has the schema of KML.
test-share: deps-map build tools .build/share-venv/ready ## test pages for clients in a real Chromium, GDAL and the schema of KML
	mkdir -p out
	/usr/bin/python3 Tests/SharePagesTests/check_page.py $(BIN) out .build/share-venv/bin/python

.build/share-venv/ready: Tests/SharePagesTests/requirements.txt
	python3 -m venv .build/share-venv
	.build/share-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

# CLIENTS=100000 for more.
CLIENTS ?= 10000
test-clients: deps-map build-map index-generator ## test the map server with CLIENTS (10,000) misbehaving clients
	/usr/bin/python3 Tests/MapServerTests/clients.py --programs $(BIN) --count $(CLIENTS) --until-closed 2

# Natural Earth's land and borders (public domain) into the page, again; the result is part of the source.
basemap:
	mkdir -p .build/basemap && cd .build/basemap && apt-get download r-cran-rnaturalearthdata \
	  && dpkg -x r-cran-rnaturalearthdata_*.deb .
	python3 Tools/basemap.py .build/basemap/usr/lib/R/site-library/rnaturalearthdata/data \
	  Sources/MapServer/Resources/basemap.bin.gz

accept: deps-accept build-map index-generator .build/accept-venv/ready ## test the index in QGIS, GeoPandas and DuckDB (heavy)
	Tests/AcceptanceTests/run.sh $(BIN) .build/accept-venv/bin/python out

.build/accept-venv/ready: Tests/AcceptanceTests/requirements.txt
	python3 -m venv .build/accept-venv
	.build/accept-venv/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

.PHONY: index-generator index-bench
index-generator: deps-build $(STATIC_CXX)
	$(SWIFT) build $(RELEASE) --product index-generator

index-bench: index-generator
	$(SWIFT) build $(RELEASE) --product index-bench

demo: deps-demo build tools ## index and query a small site on a private SFTP server
	Tools/demo.sh $(BIN) out

bench: bench-link bench-start bench-progress bench-first bench-sync bench-parser bench-big bench-index bench-qc bench-map ## run all benchmarks

bench-link: tools ## check the simulated link
	python3 Benchmarks/check_link.py $(BIN)/link-simulator

# First and second sync at 50 ms against the common way in Python; the README has the table.
# BENCH_FIRST="--peer-limit 100" does not read all photos with the slow one.
bench-first: deps-bench build tools $(VENV)/ready ## measure first and second sync at 50 ms
	$(VENV)/bin/python Benchmarks/run_first.py --bin $(BIN) --out out $(BENCH_FIRST)

# BENCH_SYNC="--full" reads all photos with the slow programs, too (an hour).
bench-sync: deps-bench build tools $(VENV)/ready .build/peers/libssh2_pool ## compare a sync with Paramiko, AsyncSSH, libssh2, sshfs
	$(VENV)/bin/python Benchmarks/run_sync.py --bin $(BIN) --libssh2 .build/peers/libssh2_pool --out out $(BENCH_SYNC)

# BENCH_FETCH="--links 50 --tools gpsindex,rsync" measures less; all of it takes half an hour.
bench-fetch: deps-fetch build tools ## compare a fetch with rsync, sftp, rclone, lftp
	python3 Benchmarks/run_fetch.py --bin $(BIN) --out out $(BENCH_FETCH)

# BENCH_LOCAL="--own FOLDER" adds your own photos; "--one-folder 0 --photos 5000 --rounds 1" takes a minute.
bench-local: deps-local build tools ## measure local folders: warm and cold cache, one large folder
	python3 Benchmarks/run_local.py --bin $(BIN) --out out $(BENCH_LOCAL)

# BENCH_WATCH="--servers OpenSSH --polls 50".
bench-watch: deps-bench deps build tools ## measure gpsindex watch at 50 ms: quiet poll, new photo
	python3 Benchmarks/run_watch.py --bin $(BIN) --out out $(BENCH_WATCH)

# BENCH_PICTURES="--rounds 5 --no-peers"
bench-pictures: deps-bench build build-map tools ## measure 100 thumbnails beside sshfs with exiftool, and a prefix reader
	python3 Benchmarks/run_pictures.py --bin $(BIN) --out out $(BENCH_PICTURES)

bench-share: deps-map build tools ## measure pages for clients: 1,375 photos with thumbnails
	/usr/bin/python3 Benchmarks/run_share.py --bin $(BIN) --out out $(BENCH_SHARE)

bench-parser: deps-build $(STATIC_CXX) ## measure the parser alone, on one core
	$(SWIFT) build $(RELEASE) --product parser-bench
	$(BIN)/parser-bench $(BENCH_PARSER)

bench-big: deps-bench build tools ## measure 50,000 and 200,000 photos: time and memory
	python3 Benchmarks/run_big.py --bin $(BIN) --out out $(BENCH_BIG)

bench-bytes: deps-bench build tools ## measure bytes received per photo
	python3 Benchmarks/run_bytes.py --bin $(BIN) --out out $(BENCH_BYTES)

bench-moments: deps-bench build tools ## measure the steps of a first sync at 50 ms
	python3 Benchmarks/run_moments.py --bin $(BIN) --out out $(BENCH_MOMENTS)

bench-progress: deps-bench build tools ## measure the cost of progress output
	python3 Benchmarks/run_progress.py --bin $(BIN) --out out $(BENCH_PROGRESS)

# OLD=FOLDER with the gpsindex of another build; BENCH_COMPARE="--rounds 5".
bench-compare: deps-build build tools ## compare this build with an older one, interleaved
	python3 Benchmarks/run_compare.py --old $(OLD) --bin $(BIN) --out out $(BENCH_COMPARE)

bench-start: deps-build build index-generator tools ## measure start, queries and first output
	python3 Benchmarks/run_start.py --bin $(BIN) --data out/bench-map --out out $(BENCH_START)

.build/peers/libssh2_pool: Benchmarks/peers/libssh2_pool.c
	mkdir -p .build/peers
	$(CC) -O2 -Wall -o $@ $< $$(pkg-config --cflags --libs libssh2 libexif) -lpthread

# BENCH_INDEX="--large 8000" adds ten million photos (6 GB of disk, an hour).
bench-index: deps-bench build index-bench .build/accept-venv/ready ## compare queries of a million photos with ogr2ogr, DuckDB …
	.build/accept-venv/bin/python Benchmarks/run_index.py --bin $(BIN) --data out/bench-index --out out $(BENCH_INDEX)

bench-qc: deps-bench build index-generator ## measure gpsindex qc: 1,375 photos and a million
	python3 Benchmarks/run_qc.py --bin $(BIN) --data out/bench-qc $(BENCH_QC)

# BENCH_PUBLISH="--photos 10000000" measures ten million (20 GB of disk).
bench-publish: deps-postgres build index-generator ## measure publishing a million photos to a private PostGIS
	python3 Benchmarks/run_publish.py --bin $(BIN) --data out/bench-publish $(BENCH_PUBLISH)

bench-map: deps-map build-map index-generator tools ## measure the map with 100,000 photos
	/usr/bin/python3 Benchmarks/run_map.py --bin $(BIN) --data out/bench-map --out out $(BENCH_MAP)

$(VENV)/ready: Benchmarks/peers/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

clean: ## remove build products and the output of the demo
	rm -rf .build out

# Man pages, install, the Debian package.
include .packaging/rules.mk
