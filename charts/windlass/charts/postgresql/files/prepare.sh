#!/bin/sh
# Make the cluster of an empty volume, then let roles and databases be as the Secret says; runs before each start.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
PATH=${bin:+$bin:}$PATH
export PGDATA=/data/pgdata PGUSER=postgres PGHOST=/run/postgresql
refuse() { echo "$1" >&2; echo "$1" >/dev/termination-log; exit 1; }

own=$(postgres --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
if [ -f "$PGDATA/PG_VERSION" ]; then
  there=$(cat "$PGDATA/PG_VERSION")
  [ "$there" = "$own" ] || refuse "the volume holds data of PostgreSQL $there and the image is PostgreSQL $own: set postgresql.image to a version $there, or dump and restore"
else
  # a kill in the middle must not leave half a cluster under the final name
  rm -rf /data/making
  initdb --pgdata /data/making --username postgres --encoding UTF8 --locale C.UTF-8 --auth-local trust --auth-host scram-sha-256 >/dev/null
  mv /data/making "$PGDATA"
fi

pg_ctl start --wait --silent --options "-c listen_addresses='' -c unix_socket_directories=$PGHOST" >/dev/null
trap 'pg_ctl stop --silent --mode fast' EXIT
for service in $SERVICES; do
  password=$(cat "/secrets/$service-password")
  # \gexec: CREATE DATABASE can't be conditional
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set name="$service" --set password="$password" >/dev/null <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set password="$(cat /secrets/postgres-password)" >/dev/null <<'SQL'
ALTER ROLE postgres PASSWORD :'password';
SQL
