src/tenancy/organization_functions.o: \
 src/tenancy/organization_functions.cpp src/pg/function.hpp \
 src/pg/values.hpp src/core/decimal.hpp src/core/instant.hpp \
 src/pg/boundary.hpp src/pg/error.hpp src/pg/prelude.hpp src/pg/zone.hpp \
 src/core/calendar.hpp src/settings.hpp src/tenancy/organization.hpp \
 src/core/settings.hpp src/pg/spi.hpp src/tenancy/schema.hpp
src/pg/function.hpp:
src/pg/values.hpp:
src/core/decimal.hpp:
src/core/instant.hpp:
src/pg/boundary.hpp:
src/pg/error.hpp:
src/pg/prelude.hpp:
src/pg/zone.hpp:
src/core/calendar.hpp:
src/settings.hpp:
src/tenancy/organization.hpp:
src/core/settings.hpp:
src/pg/spi.hpp:
src/tenancy/schema.hpp:
