src/stripe/shapes/repair.o: src/stripe/shapes/repair.cpp \
 src/stripe/shapes/json.hpp
src/stripe/shapes/json.hpp:
