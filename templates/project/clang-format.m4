m4_include(common.m4)m4_dnl
BasedOnStyle: LLVM
IndentWidth: 4
ColumnLimit: 120
BreakBeforeBraces: Linux
SpaceAfterCStyleCast: true
AllowShortFunctionsOnASingleLine: None
