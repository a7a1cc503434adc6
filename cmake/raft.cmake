# The library of consensus/raft: etcd/raft as Debian has it, compiled by Debian's Go. Needs the
# packages of the group [cluster] in deploy/packages.txt, unpacked to USHER_GO (./dev does it:
# without what they depend on, none of which is compiled) or installed. Without them all else is
# built, and a node can only be alone.
set(USHER_GO ${CMAKE_SOURCE_DIR}/build/go CACHE PATH
    "where Debian's packages of Go and etcd/raft are unpacked; else the installed ones are taken")

function(usher_find_go)
  foreach(root IN LISTS USHER_GO ITEMS "")
    file(GLOB go_roots ${root}/usr/lib/go-*)
    list(SORT go_roots COMPARE NATURAL ORDER DESCENDING)
    foreach(go_root IN LISTS go_roots)
      if(EXISTS ${go_root}/bin/go AND EXISTS ${go_root}/src/runtime/runtime.go
         AND EXISTS ${root}/usr/share/gocode/src/go.etcd.io/etcd/raft/rawnode.go
         AND EXISTS ${root}/usr/share/gocode/src/github.com/gogo/protobuf/proto/lib.go
         AND EXISTS ${root}/usr/share/gocode/src/github.com/golang/protobuf/proto/lib.go)
        set(USHER_GO_ROOT ${go_root} PARENT_SCOPE)
        set(USHER_GO_PATH ${root}/usr/share/gocode PARENT_SCOPE)
        # Shared by all presets if the packages are.
        if(root)
          set(USHER_GO_CACHE ${root}/cache PARENT_SCOPE)
        else()
          set(USHER_GO_CACHE ${CMAKE_BINARY_DIR}/go-cache PARENT_SCOPE)
        endif()
        return()
      endif()
    endforeach()
  endforeach()
endfunction()

# usher_raft_library(TARGET NAME FLAGS...): builds NAME.so, again when a Go file changes. No network,
# nothing written outside the build folder, no flags or settings of whoever builds.
function(usher_raft_library target name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/consensus/raft/*.go)
  set(library ${CMAKE_BINARY_DIR}/${name}.so)
  add_custom_command(
    OUTPUT ${library}
    BYPRODUCTS ${CMAKE_BINARY_DIR}/${name}.h  # cgo writes it; nobody needs it
    COMMAND ${CMAKE_COMMAND} -E env --unset=GOTOOLDIR GOENV=off GO111MODULE=off
            GOROOT=${USHER_GO_ROOT} GOPATH=${USHER_GO_PATH} GOPROXY=off GOFLAGS= GOCACHE=${USHER_GO_CACHE}
            CGO_ENABLED=1 CGO_CFLAGS=-O2\ -g0 CGO_LDFLAGS=
            ${USHER_GO_ROOT}/bin/go build -trimpath -buildmode=c-shared
            # -w: for the go:linkname in core.go, which the linker refuses otherwise.
            -ldflags=-w\ -s ${ARGN} -o ${library} .
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/consensus/raft
    DEPENDS ${sources}
    COMMENT "Building ${name}.so (Go)"
    JOB_POOL usher_go
    VERBATIM)
  add_custom_target(${target} ALL DEPENDS ${library})
  set_target_properties(${target} PROPERTIES USHER_LIBRARY ${library})
endfunction()

# One at a time: they share most of what is compiled.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS usher_go=1)
usher_find_go()
if(USHER_GO_ROOT)
  usher_raft_library(usher_raft libusher_raft)
else()
  message(STATUS "usher: no cluster, only nodes that are alone: Go and etcd/raft are missing "
                 "(deploy/packages.txt, [cluster])")
endif()
