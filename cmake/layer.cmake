# A layer is a folder that is a static library. It sees the headers of the layers that it
# links and of no other: each layer exports a folder that holds one link to its sources,
# so that "base/buf.h" resolves only where an arrow to base is drawn.
#
#   add_layer(NAME FOLDER SOURCES a.c b.c LAYERS base PUBLIC_LIBS lib PRIVATE_LIBS lib)
function(add_layer name folder)
	cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS;PUBLIC_LIBS;PRIVATE_LIBS" ${ARGN})
	set(export "${CMAKE_BINARY_DIR}/layers/${name}")
	get_filename_component(parent "${export}/${folder}" DIRECTORY)
	file(MAKE_DIRECTORY "${parent}")
	file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${folder}" "${export}/${folder}" SYMBOLIC)
	add_library(${name} STATIC ${ARG_SOURCES})
	target_include_directories(${name} PUBLIC "${export}")
	target_link_libraries(${name} PUBLIC ${ARG_LAYERS} ${ARG_PUBLIC_LIBS}
	                              PRIVATE project_options ${ARG_PRIVATE_LIBS})
endfunction()
