# Flags that every target of the project gets, as one interface target.
add_library(project_options INTERFACE)

target_compile_definitions(project_options INTERFACE _POSIX_C_SOURCE=200809L)

# Asserts stay on, whatever the build type says.
target_compile_options(project_options INTERFACE -UNDEBUG)

target_compile_options(project_options INTERFACE
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
        -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual
        -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wnull-dereference
        -Wdouble-promotion)

if(SANITIZE)
	target_compile_options(project_options INTERFACE
	        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(project_options INTERFACE -fsanitize=address,undefined)
endif()

if(HARDEN)
	target_compile_options(project_options INTERFACE
	        -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
	        -fstack-clash-protection -fcf-protection)
	target_link_options(project_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

if(FUZZERS)
	target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
