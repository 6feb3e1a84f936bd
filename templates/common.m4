m4_changequote([[, ]])m4_changecom()m4_dnl
