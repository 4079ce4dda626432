src/tenancy/organization.o: src/tenancy/organization.cpp \
 src/tenancy/organization.hpp src/core/calendar.hpp src/core/instant.hpp \
 src/core/settings.hpp src/pg/spi.hpp src/pg/values.hpp \
 src/core/decimal.hpp src/pg/boundary.hpp src/pg/error.hpp \
 src/pg/prelude.hpp src/pg/zone.hpp
src/tenancy/organization.hpp:
src/core/calendar.hpp:
src/core/instant.hpp:
src/core/settings.hpp:
src/pg/spi.hpp:
src/pg/values.hpp:
src/core/decimal.hpp:
src/pg/boundary.hpp:
src/pg/error.hpp:
src/pg/prelude.hpp:
src/pg/zone.hpp:
