#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Puts the twin into a Linux source tree:  apply.sh TREE
#
# Lines are added by what is around them, not by line number, so that one script serves every version.
# A tree that has the twin already is brought up to date; a tree whose slot is taken is refused untouched.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
slot=468
entry=twq_kernreturn

refuse() {
	printf 'apply.sh: %s\n' "$*" >&2
	exit 1
}

# append FILE LINE: once, at the end of the file.
append() {
	grep -qxF -- "$2" "$1" || printf '\n%s\n' "$2" >>"$1"
}

# insert FILE LINE ANCHOR: once, before the first line that is the anchor.
insert() {
	grep -qxF -- "$2" "$1" && return
	line=$2 anchor=$3 awk '
		$0 == ENVIRON["anchor"] && !done { print ENVIRON["line"]; done = 1 }
		{ print }
	' "$1" >"$1.twq"
	mv "$1.twq" "$1"
}

# The entry goes behind the highest number below it: x32's legacy range, from 512 on, stays last.
insert_syscall() {
	awk -v slot="$slot" -v line="$slot	common	$entry	sys_$entry" '
		{ lines[NR] = $0 }
		$1 ~ /^[0-9]+$/ && $1 < slot { last = NR }
		END { for (i = 1; i <= NR; i++) { print lines[i]; if (i == last) print line } }
	' "$table" >"$table.twq"
	mv "$table.twq" "$table"
}

[ $# -eq 1 ] || refuse "usage: apply.sh TREE"
tree=$1
table=$tree/arch/x86/entry/syscalls/syscall_64.tbl
for file in Kconfig kernel/Makefile kernel/sys_ni.c kernel/exit.c fs/exec.c arch/x86/entry/syscalls/syscall_64.tbl; do
	[ -w "$tree/$file" ] || refuse "$tree is no Linux source tree that can be changed: no writable $file"
done

taken=$(awk -v slot="$slot" '$1 == slot { print $3 }' "$table")
case $taken in
"" | "$entry") ;;
*) refuse "slot $slot is taken by $taken in $table: choose an older tree" ;;
esac

# Every thread passes the one on its way out, every exec that succeeded the other.
exit_anchor='	exit_sem(tsk);'
exec_anchor='	proc_exec_connector(current);'
grep -qxF -- "$exit_anchor" "$tree/kernel/exit.c" || refuse "no line '$exit_anchor' in $tree/kernel/exit.c"
grep -qxF -- "$exec_anchor" "$tree/fs/exec.c" || refuse "no line '$exec_anchor' in $tree/fs/exec.c"

mkdir -p "$tree/kernel/twq"
cp "$here"/twq/* "$tree/kernel/twq/"
[ -n "$taken" ] || insert_syscall
append "$tree/kernel/sys_ni.c" "COND_SYSCALL($entry);"
append "$tree/kernel/Makefile" "obj-y += twq/"
append "$tree/Kconfig" 'source "kernel/twq/Kconfig"'
insert "$tree/kernel/exit.c" '#include "twq/hooks.h"' "$(grep -m1 '^#include' "$tree/kernel/exit.c")"
insert "$tree/kernel/exit.c" '	twq_on_exit(tsk);' "$exit_anchor"
insert "$tree/fs/exec.c" '#include "../kernel/twq/hooks.h"' "$(grep -m1 '^#include' "$tree/fs/exec.c")"
insert "$tree/fs/exec.c" '	twq_on_exec(current);' "$exec_anchor"
