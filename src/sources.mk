# The one list of what the extension is made of. Rooms are in install order: a room may use the
# rooms before it.
ROOMS = tenancy catalog customers subscriptions revenue analytics entitlements stripe

# Numbered migrations, in order, for ever: append, never edit what was released. Number n is the
# n-th word.
MIGRATIONS = $(foreach room,$(ROOMS),$(wildcard src/$(room)/tables.sql src/$(room)/tables_*.sql))

# Views, grants, and the policies of the tables that the views show: re-asserted by every install().
SURFACES = $(wildcard $(foreach room,$(ROOMS),src/$(room)/surface.sql)) src/row_security.sql

# The code of the extension script.
FUNCTIONS = $(wildcard $(foreach room,$(ROOMS),src/$(room)/functions.sql src/$(room)/functions_*.sql))

CXX_SOURCES = $(wildcard src/*.cpp src/pg/*.cpp src/core/*.cpp src/stripe/shapes/*.cpp \
              $(foreach room,$(ROOMS),src/$(room)/*.cpp))
