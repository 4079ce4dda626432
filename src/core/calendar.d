src/core/calendar.o: src/core/calendar.cpp src/core/calendar.hpp \
 src/core/instant.hpp
src/core/calendar.hpp:
src/core/instant.hpp:
