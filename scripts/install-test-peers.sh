#!/bin/sh
# Installs from Debian the routers and servers that interop tests and benchmarks use as peers, and starts none of them.
# Runs with CI=true, or when asked for: npm run test:setup
set -eu
packages='bgpdump bird2 bzip2 curl exabgp frr gobgpd iproute2 nginx-light openbgpd pmacct procps stayrtr tshark wrk'

missing=
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
# Any nginx will do.
if command -v nginx >/dev/null 2>&1; then missing=$(echo "$missing" | sed 's/ nginx-light//'); fi
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "warning: not installed:$missing (needs root and apt-get); the tests that use them will be skipped" >&2
  exit 0
fi
echo "nearcast: installing$missing …" >&2
# A policy that refuses to start services, for the time of the installation.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod +x "$policy"; made=yes; fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || true
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
  echo "warning: could not install:$missing; the tests that use them will be skipped" >&2
}
