# Stands in for bhyvectl(8).
#
#     sh bhyvectl.sh VMM-FOLDER user|root --vm=NAME --destroy|--cpu=N --inject-nmi
vmm=$1
nodes_of=$2
shift 2
for argument; do
	case $argument in
	--vm=*) name=${argument#--vm=} ;;
	--cpu=*) ;;
	--destroy | --inject-nmi) action=$argument ;;
	*) echo "bhyvectl: unrecognized option $argument" >&2 && exit 1 ;;
	esac
done
node=$vmm/$name
if [ ! -e "$node" ]; then
	echo "vm_open: No such file or directory" >&2
	exit 1
fi
if [ "$nodes_of" = root ] && [ -z "$KERNLANE_IS_ROOT" ]; then
	echo "vm_open: Permission denied" >&2
	exit 1
fi
pid=$(sed -n 's/^pid=//p' "$node")
# A number may have gone to another process since.
if [ -n "$pid" ] && ! ps -o args= -p "$pid" | grep -q -- "$name"; then pid=; fi
case $action in
--destroy)
	rm -f "$node"
	[ -z "$pid" ] || kill -s HUP "$pid"
	;;
--inject-nmi) kill -s USR2 "$pid" ;;
esac
exit 0
