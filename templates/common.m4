m4_changequote([[, ]])m4_changecom()m4_dnl
m4_define([[M4_SUFFIX]], [[c]])m4_dnl
m4_define([[M4_LANGUAGE]], [[c]])m4_dnl
m4_define([[M4_STANDARD]], [[c11]])m4_dnl
m4_define([[M4_CC]], [[CC]])m4_dnl
m4_define([[M4_CFLAGS]], [[CFLAGS]])m4_dnl
m4_define([[M4_CMAKE_LANGUAGE]], [[C]])m4_dnl
m4_define([[M4_CMAKE_STANDARD]], [[11]])m4_dnl
m4_define([[M4_CLANG]], [[clang]])m4_dnl
m4_define([[M4_EXTERN_C]], [[]])m4_dnl
m4_include(M4_KIND()/words.m4)m4_dnl
m4_include(build-M4_BUILD()/words.m4)m4_dnl
m4_include(license-M4_LICENSE()/words.m4)m4_dnl
m4_define([[M4_HOLDER]], [[m4_ifelse(M4_AUTHOR(), [[]], [[the M4_NAME() authors]], [[M4_AUTHOR()]])]])m4_dnl
m4_define([[M4_IS_OWNED]], [[m4_ifelse(M4_AUTHOR()[[]]M4_SPDX(), [[]], [[$2]], [[$1]])]])m4_dnl
m4_define([[M4_SPDX_LINES]], [[m4_dnl
$1SPDX-FileCopyrightText: M4_HOLDER()[[]]m4_ifelse(M4_SPDX(), [[]], [[]], [[
$2SPDX-License-Identifier: M4_SPDX()]])]])m4_dnl
m4_define([[M4_C_HEAD]], [[M4_IS_OWNED([[/* M4_SPDX_LINES([[]], [[ * ]]) */

]])]])m4_dnl
m4_define([[M4_HASH_HEAD]], [[M4_IS_OWNED([[M4_SPDX_LINES([[# ]], [[# ]])

]])]])m4_dnl
