# svf_bench(name LIBS …): bench/<name>.c, run by bench/run <name>.
function(svf_bench name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(bench_${name} ${name}.c bench.c ${ARG_SOURCES})
    target_link_libraries(bench_${name} PRIVATE ${ARG_LIBS} svf_flags)
endfunction()
