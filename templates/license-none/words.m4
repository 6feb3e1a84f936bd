m4_define([[M4_SPDX]], [[]])m4_dnl
