# What the worker's host runs for each ssh command. The first stop fails, as
# one may: a file says that it is still to come.
PATH=/usr/bin:/bin LANG=C.UTF-8
export PATH LANG
cd "$1" || exit 1
case $SSH_ORIGINAL_COMMAND in
*' stop '*)
	if rm stop-fails 2>/dev/null; then
		echo 'the host is busy' >&2
		exit 1
	fi
	;;
esac
exec sh -c "$SSH_ORIGINAL_COMMAND"
