src/stripe/shapes/error.o: src/stripe/shapes/error.cpp \
 src/stripe/shapes/error.hpp
src/stripe/shapes/error.hpp:
