# Libraries from the distribution, as PkgConfig::… targets.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
foreach(pair curl=libcurl jansson=jansson microhttpd=libmicrohttpd
             sqlite=sqlite3 zlib=zlib crypto=libcrypto inih=inih
             deflate=libdeflate)
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 package)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${package})
endforeach()
# Without it `mongodb:` stores are refused by name, and nothing is linked.
option(SVF_WITH_MONGO "build the mongodb: back end" ON)
if(SVF_WITH_MONGO)
    pkg_check_modules(mongoc REQUIRED IMPORTED_TARGET libmongoc-1.0)
endif()
if(BUILD_TESTING)
    pkg_check_modules(check REQUIRED IMPORTED_TARGET check)
endif()

# libcsv and libunistring ship no .pc file on Debian.
foreach(pair csv=csv.h unistring=unistr.h)
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 header)
    find_library(${name}_LIBRARY ${name} REQUIRED)
    find_path(${name}_INCLUDE ${header} REQUIRED)
    add_library(Dist::${name} INTERFACE IMPORTED)
    target_link_libraries(Dist::${name} INTERFACE ${${name}_LIBRARY})
endforeach()
