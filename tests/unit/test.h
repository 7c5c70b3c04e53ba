#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

/* cmocka.h wants these four before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

/* What cmocka does not tell the analyser: an assertion that fails does not return. */
#ifdef __clang_analyzer__
#undef assert_true
#undef assert_non_null
#define assert_true(c) ((c) ? (void)0 : __builtin_trap())
#define assert_non_null(p) assert_true((p) != NULL)
#endif

#endif
