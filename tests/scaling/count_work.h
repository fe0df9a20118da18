// Included before the counted sources: library searches add the bytes they look at to the work.
#pragma once

// Searches of the library are compiled with what calls them, so that their blocks count too.
#define _GLIBCXX_EXTERN_TEMPLATE 0

#include <cstddef>

/// memchr that counts; the counted sources get it in place of the built-in.
extern "C" void* traceway_counted_memchr(const void* text, int wanted, std::size_t size);

#define __builtin_memchr traceway_counted_memchr
