# pg_billing: the extension by PGXS, the worker by CMake.
#   make               extension and build/pg_billing_worker
#   make install       both
#   make installcheck  pg_regress and the isolation specs against a running server

include src/sources.mk

EXTENSION = pg_billing
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pg_billing.control)
MODULE_big = pg_billing
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql
DATA_built = $(SCRIPT)
OBJS = $(CXX_SOURCES:.cpp=.o)
EXTRA_CLEAN = $(OBJS:.o=.d) $(OBJS:.o=.bc) .optimization

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
REGRESS_OPTS = --load-extension=pg_billing
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=pg_billing

PG_CONFIG ?= pg_config
WERROR ?=
# After all others: the scripts build with -g1, which takes a quarter less time than -g.
EXTRA_CXXFLAGS ?=
# -isystem: the server's headers are not ours to warn about.
PG_CPPFLAGS = -DPG_BILLING_SCHEMA_VERSION=$(words $(MIGRATIONS)) -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CXXFLAGS = -std=c++20 -O2 -Wall -Wextra -Wno-register -Wno-maybe-uninitialized -fvisibility=hidden \
              -fvisibility-inlines-hidden -MMD -MP $(if $(WERROR),-Werror) $(EXTRA_CXXFLAGS)
SHLIB_LINK = -lsimdjson -lstdc++
# Bitcode would let the JIT inline our entry points, but each is a door with a setjmp: nothing to
# gain, and every file would be compiled twice.
override with_llvm = no

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

ifneq ($(shell command -v ccache),)
CXX := ccache $(CXX)
endif

-include $(OBJS:.o=.d)

# Optimized in another way, or for another server, an object is another one.
BUILT_AS = $(lastword $(filter -O%,$(PG_CXXFLAGS))) $(VERSION) $(pkglibdir)
$(OBJS): .optimization
.optimization: FORCE
	@echo '$(BUILT_AS)' | cmp -s - $@ || echo '$(BUILT_AS)' > $@
.PHONY: FORCE
FORCE:
# It counts the migrations.
src/tenancy/schema.o: src/sources.mk

$(SCRIPT): $(FUNCTIONS) $(MIGRATIONS) $(SURFACES) $(wildcard src/*.sql) src/assemble.sh src/sources.mk pg_billing.control
	@src/assemble.sh "$(FUNCTIONS)" "$(MIGRATIONS)" "$(SURFACES)" > $@.tmp
	@mv $@.tmp $@

all: worker
.PHONY: worker install-worker
worker:
	@cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo > build.log 2>&1 || { cat build.log; exit 1; }
	@rm -f build.log
	cmake --build build --target pg_billing_worker

install: install-worker
install-worker: worker
	$(INSTALL_PROGRAM) -d '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) build/pg_billing_worker '$(DESTDIR)$(bindir)/pg_billing_worker'
