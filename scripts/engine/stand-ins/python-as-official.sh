#!/bin/sh
# Gives Debian's Python the layout of the official image, in the root folder $1: all of it under
# /usr/local, packages in /usr/local/lib/python3.N/site-packages, pip and venv that work, nothing
# that apt knows as Python. Dockerfiles copy these folders, so a stand-in must have them too.
set -eu

chroot "$1" /bin/sh -eu <<'END'
python=$(basename /usr/lib/python3.[0-9]*)
lib=/usr/local/lib/$python

# The interpreter finds its library relative to itself.
rm -rf "$lib"
cp -L --remove-destination "/usr/share/doc/$python/copyright" "/usr/lib/$python/LICENSE.txt"
mv "/usr/lib/$python" "$lib"
mv "/usr/bin/$python" /usr/local/bin/
ln -s "$python" /usr/local/bin/python3
ln -s python3 /usr/local/bin/python
mkdir -p "$lib/site-packages" "$lib/dist-packages"

# The headers, for packages with C code; Debian keeps them in a package with much else.
cd /tmp
apt-get download "lib$python-dev" >/dev/null
dpkg -x ./lib*.deb headers
cp -a headers/usr/include/. /usr/local/include/
rm -rf headers ./lib*.deb

# Debian protects its own Python from pip; here, as in the official image, there is none.
rm -f "$lib/EXTERNALLY-MANAGED" "$lib/sitecustomize.py" "$lib/_distutils_system_mod.py"
for file in "$lib/sysconfig.py" "$lib/sysconfig/__init__.py"; do
  test ! -f "$file" ||
    sed -i 's/^    if sys.base_prefix != sys.prefix or hasattr(.*/    if True:/' "$file"
done
sed -i 's/^    _ensurepip_is_disabled_in_debian_for_system()$//' "$lib/ensurepip/__init__.py"
sed -i -E "s#/usr/(include|lib)/python#/usr/local/\1/python#g; s#'/usr/bin'#'/usr/local/bin'#g" \
  "$lib"/_sysconfigdata_*.py

# Debian's site module, compiled into the interpreter, only looks into dist-packages.
echo 'import _official_layout' > "$lib/dist-packages/official-layout.pth"
cat > "$lib/_official_layout.py" <<'MODULE'
import site, sys
_PLACE = '/lib/python%d.%d/' % sys.version_info[:2]
site.getsitepackages = lambda prefixes=None: [
    prefix + _PLACE + 'site-packages' for prefix in dict.fromkeys(prefixes or site.PREFIXES)
]
sys.path[:] = [path for path in sys.path if not path.endswith(_PLACE + 'dist-packages')]
site.addsitedir('/usr/local' + _PLACE + 'site-packages')
MODULE

# Takes Debian's Python away, without its scripts (they need what is being taken away), and keeps
# the wheels that venv installs pip from. The libraries that it needs are from now on wanted.
mv /usr/share/python-wheels /usr/share/wheels-kept
rm -f /var/lib/dpkg/info/*python3*.prerm /var/lib/dpkg/info/*python3*.postrm
dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' '*python3*' |
  sed -n 's/^installed //p' | xargs dpkg --purge --force-depends >/dev/null 2>&1
rm -rf /usr/share/python3
mv /usr/share/wheels-kept /usr/share/python-wheels
apt-mark showauto | xargs -r apt-mark manual >/dev/null

/usr/local/bin/python3 -m ensurepip --default-pip >/dev/null

# As the official image: no tests, no compiled files.
find /usr/local -depth \( -type d \( -name test -o -name tests -o -name __pycache__ \) \) \
  -exec rm -rf '{}' +

# Anything Debian changes in these files must be seen here and not by a user.
/usr/local/bin/python3 -B - <<'CHECK'
import bz2, ctypes, curses, lzma, pip, readline, site, sqlite3, ssl, sys, sysconfig, venv
version = 'python%d.%d' % sys.version_info[:2]
packages = '/usr/local/lib/%s/site-packages' % version
assert sys.prefix == sys.base_prefix == '/usr/local', sys.prefix
assert sysconfig.get_path('purelib') == packages, sysconfig.get_path('purelib')
assert packages in sys.path and pip.__file__.startswith(packages), sys.path
assert site.getsitepackages() == [packages], site.getsitepackages()
assert sysconfig.get_path('include') == '/usr/local/include/' + version
CHECK
END
