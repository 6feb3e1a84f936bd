m4_include(common.m4)m4_dnl
  M4_RUN_TESTS()
  M4_RUN_SERVER()
