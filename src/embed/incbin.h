// The assembly behind embedded files: one symbol at the first byte, one past the last.
// clang-format off
#if defined(__APPLE__)
#define INCBIN_SYMBOL(name) _##name
#define INCBIN_SECTION .const_data
#else
#define INCBIN_SYMBOL(name) name
#define INCBIN_SECTION .section .rodata
.section .note.GNU-stack,"",%progbits
#endif

#define INCBIN(name, path)                                   \
  INCBIN_SECTION;                                            \
  .globl INCBIN_SYMBOL(name##_begin);                        \
  .globl INCBIN_SYMBOL(name##_end);                          \
  .balign 16;                                                \
  INCBIN_SYMBOL(name##_begin):                               \
  .incbin path;                                              \
  INCBIN_SYMBOL(name##_end):                                 \
  .byte 0;
// clang-format on
