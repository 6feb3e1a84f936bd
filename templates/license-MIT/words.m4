m4_define([[M4_SPDX]], [[MIT]])m4_dnl
