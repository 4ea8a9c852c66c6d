# cmake -DWEB=web -DOUT=page_files.cpp -P embed_page.cmake: turns the status page's files into C++.
file(GLOB names RELATIVE ${WEB} ${WEB}/*)
list(SORT names)
set(arrays "")
set(rows "")
set(number 0)
foreach(name IN LISTS names)
  get_filename_component(extension ${name} LAST_EXT)
  if(extension STREQUAL ".html")
    set(type "text/html; charset=utf-8")
  elseif(extension STREQUAL ".css")
    set(type "text/css; charset=utf-8")
  elseif(extension STREQUAL ".js")
    set(type "text/javascript; charset=utf-8")
  elseif(extension STREQUAL ".svg")
    set(type "image/svg+xml")
  else()
    continue()
  endif()
  set(path "/page/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  file(READ ${WEB}/${name} bytes HEX)
  file(SHA256 ${WEB}/${name} sum)
  string(SUBSTRING ${sum} 0 32 sum)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char file_${number}[] = {${bytes}};  // ${name}\n")
  string(APPEND rows "        {\"${path}\", \"${type}\", text(file_${number}, sizeof file_${number}), \"\\\"${sum}\\\"\"},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUT} "// Made from web/ by cmake/embed_page.cmake.
#include \"status/page.h\"

namespace hookline::status {
namespace {

${arrays}
std::string_view text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

const std::vector<PageFile>& page_files() {
    static const std::vector<PageFile> files{
${rows}    };
    return files;
}

}  // namespace hookline::status
")
