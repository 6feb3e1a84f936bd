m4_include(common.m4)M4_SEED()[[]]m4_dnl
