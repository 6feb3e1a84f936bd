m4_define([[M4_SPDX]], [[BSD-2-Clause]])m4_dnl
