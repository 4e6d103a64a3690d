#!/bin/sh
# Lets apt, in the root folder $1, take the packages $3... from the suite $2, and beside them only
# what its own suite does not have.
set -eu
root=$1 suite=$2
shift 2

# What is not released is renewed every few hours; a mirror may be behind, and apt then refuses it.
source="deb [check-valid-until=no] http://deb.debian.org/debian $suite main"

mkdir -p "$root/etc/apt/sources.list.d" "$root/etc/apt/preferences.d"
echo "$source" > "$root/etc/apt/sources.list.d/newer.list"
cat > "$root/etc/apt/preferences.d/newer" <<PREFERENCES
Package: *
Pin: release n=$suite
Pin-Priority: 100

Package: $*
Pin: release n=$suite
Pin-Priority: 900
PREFERENCES
