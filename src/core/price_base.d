src/core/price_base.o: src/core/price_base.cpp src/core/pricer.hpp \
 src/core/pricing.hpp src/core/settings.hpp src/core/calendar.hpp \
 src/core/instant.hpp src/core/snapshot.hpp src/core/decimal.hpp
src/core/pricer.hpp:
src/core/pricing.hpp:
src/core/settings.hpp:
src/core/calendar.hpp:
src/core/instant.hpp:
src/core/snapshot.hpp:
src/core/decimal.hpp:
