# Stands in for bhyveload(8): makes the virtual machine and "loads" what the disk says:
#   loads   a kernel is in memory, status 0        prompt  stays at the loader's prompt
#   quits   the loader gives up, status 1          reboots `reboot` was typed, status 2
#
# A machine whose node is root's is made, cannot be opened, and stays.
#
#     sh bhyveload.sh VMM-FOLDER user|root [bhyveload's own arguments]
vmm=$1
nodes_of=$2
shift 2
memory=256M
while getopts CSc:d:e:h:l:m: option; do
	case $option in
	m) memory=$OPTARG ;;
	d) disk=$OPTARG ;;
	\?) exit 1 ;;
	esac
done
shift $((OPTIND - 1))
if [ $# -ne 1 ]; then
	echo "usage: bhyveload [-S][-c <console-device>] [-d <disk-path>] <vmname>" >&2
	exit 1
fi
if [ ! -w "$disk" ]; then
	echo "bhyveload: Could not open '$disk'" >&2
	exit 64
fi
echo "memory=$memory" >"$vmm/$1"
if [ "$nodes_of" = root ] && [ -z "$KERNLANE_IS_ROOT" ]; then
	echo "bhyveload: vm_open: Permission denied" >&2
	exit 1
fi
echo "Loading /boot/loader.conf"
case $(head -n 1 "$disk") in
prompt)
	echo "can't load 'kernel'"
	printf 'OK '
	while read -r line; do printf '%s not found\nOK ' "$line"; done
	;;
quits) echo "loader failed" >&2 && exit 1 ;;
reboots) exit 2 ;;
esac
exit 0
