#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds twin kernels into the cache, each once, and prints the paths of their bzImages, one a line, in the order asked for.
#
#   build.sh [--src TREE] [--name NAME [--config FRAGMENT]...]...
#
#   --src TREE         a Linux source tree to copy, instead of the distribution's linux-source package
#   --name NAME        begins a kernel and names it: the suffix of its release (without any: TWQDEBUG)
#   --config FRAGMENT  a configuration file for that kernel on top of twq.config; the last word on an option counts
#
# Kernels of one call share one source tree and its objects, so that each further one costs seconds and not minutes.
# stdout carries the paths and nothing else; progress goes to stderr. Exit status: 0 built or found, 1 refused or failed,
# 2 usage, 130 or 143 interrupted.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=${XDG_CACHE_HOME:-$HOME/.cache}/kernlane/kernels
tree=
names=()
fragments=() # for each name, its fragments, one a line
source=
entries=()
work=
child=

main() {
	parse_arguments "$@"
	require_commands
	mkdir -p "$kernels"
	source=$(identify_source)
	find_entries
	all_built || build_missing
	printf '%s/bzImage\n' "${entries[@]}"
}

say() { printf 'kernel: %s\n' "$*" >&2; }

refuse() {
	printf 'build.sh: %s\n' "$1" >&2
	exit "${2:-1}"
}

parse_arguments() {
	while [ $# -gt 0 ]; do
		[ $# -ge 2 ] || refuse "usage: build.sh [--src TREE] [--name NAME [--config FRAGMENT]...]..." 2
		case $1 in
		--src) tree=$2 ;;
		--name)
			[[ $2 =~ ^[A-Za-z0-9_.]{1,32}$ ]] || refuse "--name $2: letters, digits, _ and . only, 32 at most" 2
			names+=("$2")
			fragments+=("")
			;;
		--config)
			[ ${#names[@]} -gt 0 ] || refuse "--config $2: must follow the --name it belongs to" 2
			[ -f "$2" ] || refuse "--config $2: no such file" 2
			fragments[-1]+=$2$'\n'
			;;
		*) refuse "unknown option $1: --src, --name and --config are known" 2 ;;
		esac
		shift 2
	done
	[ ${#names[@]} -gt 0 ] || { names=(TWQDEBUG) && fragments=(""); }
	[ -z "$tree" ] || [ -f "$tree/kernel/sys_ni.c" ] || refuse "--src $tree: no Linux source tree" 2
}

# One message for all that is missing, as packages, because that is what a person installs.
require_commands() {
	local missing=() pair
	for pair in gcc:gcc ld:binutils make:make flex:flex bison:bison bc:bc xz:xz-utils bzip2:bzip2 flock:util-linux; do
		command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
	done
	[ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
	[ -e /usr/include/libelf.h ] || missing+=(libelf-dev)
	[ ${#missing[@]} -eq 0 ] || refuse "missing to build a kernel; install: apt-get install ${missing[*]}"
}

# What the kernels are built from: a tree by the names, sizes and times of its files, else a package and its version.
identify_source() {
	if [ -n "$tree" ]; then
		(cd "$tree" && find . -name .git -prune -o -type f -printf '%P %s %T@\n' | LC_ALL=C sort | sha256sum)
	else
		find_package
	fi
}

# apt-cache takes a second, so its answer is kept for as long as apt's lists and settings are older than it.
find_package() {
	local memo=$kernels/.source package version
	if [ -f "$memo" ] && [ -z "$(find /var/lib/apt/lists /etc/apt -maxdepth 2 -newer "$memo" -print -quit)" ]; then
		cat "$memo"
		return
	fi
	command -v apt-get >/dev/null || refuse "no apt on this host: give a Linux source tree with --src"
	package=$(apt-cache depends linux-source | awk '$1 == "Depends:" { print $2; exit }') || true
	[ -n "$package" ] || refuse "apt knows no linux-source package: run apt-get update, or give a tree with --src"
	version=$(apt-cache policy "$package" | awk '$1 == "Candidate:" { print $2 }')
	printf '%s=%s\n' "$package" "$version" >"$memo.$$"
	mv "$memo.$$" "$memo"
	cat "$memo"
}

# Prints the lines of all fragments of kernel number $1.
read_fragments() {
	local fragment
	while IFS= read -r fragment; do
		[ -z "$fragment" ] || cat -- "$fragment"
	done <<<"${fragments[$1]}"
}

# An entry's name ends in a hash of everything that the kernel depends on, and nothing else.
find_entries() {
	local common key i
	common=$({ printf '%s\n' "$source" && gcc --version && ld --version &&
		cat "$here/build.sh" "$here/apply.sh" "$here/twq.config" "$here"/twq/*; } | sha256sum)
	for i in "${!names[@]}"; do
		key=$({ printf '%s\n' "$common" "${names[i]}" && read_fragments "$i"; } | sha256sum)
		entries+=("$kernels/${names[i],,}-${key:0:16}")
	done
}

all_built() {
	local entry
	for entry in "${entries[@]}"; do
		[ -f "$entry/bzImage" ] || return 1
	done
}

# One build at a time, because each uses all processors; whoever waited may find that nothing is left to do.
build_missing() {
	local i
	exec 9>"$kernels/.lock"
	flock -n 9 || { say "another build is under way, waiting for it" && flock 9; }
	all_built && return
	work=$kernels/.building
	# Under the lock, what lies there is what a killed build left.
	rm -rf "$work"
	mkdir -p "$work/src"
	trap 'rm -rf "$work"' EXIT
	trap 'stop_child; exit 130' INT
	trap 'stop_child; exit 143' TERM HUP

	unpack
	"$here/apply.sh" "$work/src"
	for i in "${!names[@]}"; do
		[ -f "${entries[i]}/bzImage" ] || build_kernel "$i"
	done
}

build_kernel() {
	local entry=${entries[$1]}
	configure "$1"
	compile "$1"
	mkdir "$work/entry"
	cp "$work/src/arch/x86/boot/bzImage" "$work/src/System.map" "$work/src/vmlinux" "$work/entry/"
	cp "$work/src/.config" "$work/entry/config"
	find "$work/src" -name '*.ko' -exec cp {} "$work/entry/" \;
	mv "$work/entry" "$entry"
	say "${names[$1]} is ready after $SECONDS s"
}

# Waits too: a compiler that is still dying would write into the folder that is being removed.
stop_child() {
	[ -z "$child" ] || { kill "$child" && wait "$child"; } 2>/dev/null || true
}

# Runs in the background, because bash acts on a signal while it waits, but not while a command runs in front.
run() {
	"$@" >>"$work/log" 2>&1 &
	child=$!
	wait "$child" || fail "$*"
	child=
}

fail() {
	tail -n 30 "$work/log" >&2
	refuse "failed: $1"
}

unpack() {
	local archive
	if [ -n "$tree" ]; then
		say "copying $tree"
		run cp -a --reflink=auto "$tree/." "$work/src/"
		run make -C "$work/src" mrproper
		return
	fi
	say "downloading $source"
	run env -C "$work" apt-get -q download "$source"
	say "unpacking $source"
	run dpkg-deb -x "$work"/linux-source-*.deb "$work/deb"
	rm "$work"/linux-source-*.deb
	archive=$(find "$work/deb/usr/src" -name 'linux-source-*.tar.*' -type f -print -quit)
	run tar -C "$work/src" --strip-components=1 -xf "$archive"
	rm -rf "$work/deb"
}

# A line of the fragments that the tree's Kconfig did not take would be a silent lie, so it is an error.
configure() {
	local wanted=$work/wanted.config line
	{
		{ cat "$here/twq.config" && read_fragments "$1"; } | grep '^CONFIG_' | tac | awk -F= '!seen[$1]++' | tac
		printf 'CONFIG_LOCALVERSION="-%s"\n' "${names[$1]}"
	} >"$wanted"
	run make -C "$work/src" KCONFIG_ALLCONFIG="$wanted" allnoconfig
	while IFS= read -r line; do
		case $line in
		*=n) ! grep -q "^${line%=n}=" "$work/src/.config" ;;
		*) grep -qxF -- "$line" "$work/src/.config" ;;
		esac || refuse "${names[$1]}: this tree's configuration does not take $line"
	done <"$wanted"
}

# The banner says which build answers, in place of who made it and when: "#KEY SMP", and the date of the source.
compile() {
	local dated
	dated=$(LC_ALL=C date -u -r "$work/src/Makefile")
	say "compiling ${names[$1]}, $(nproc) files at a time"
	make -C "$work/src" -j"$(nproc)" bzImage modules KBUILD_BUILD_USER=kernlane KBUILD_BUILD_HOST=twin \
		KBUILD_BUILD_VERSION="${entries[$1]##*-}" KBUILD_BUILD_TIMESTAMP="$dated" \
		> >(tee -a "$work/log" | awk '$1 == "CC" && ++n % 100 == 0 { print "kernel: " n " files compiled" > "/dev/stderr" }') 2>&1 &
	child=$!
	wait "$child" || fail "make bzImage modules"
	child=
}

main "$@"
