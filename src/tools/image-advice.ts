import type { SlipwayError } from '../core/errors.js';

/** What else a model can try when an image of Docker Hub did not arrive; undefined for nothing. */
export function imageAdvice({ context }: SlipwayError<'PULL_FAILED'>): string | undefined {
  const official = officialImage(context.image);
  if (official === undefined) return undefined;
  const { name, version } = official;
  switch (context.reason) {
    case 'rate_limit':
      return `A mirror has it as "public.ecr.aws/docker/library/${name}${version}".`;
    case 'not_found':
    case 'login_needed': {
      const meant = nearestName(name);
      return meant === undefined ? undefined : `Did you mean "${meant}${version}"?`;
    }
    default:
      return undefined;
  }
}

/** An image of Docker Hub that belongs to nobody: `python:3.13`. */
function officialImage(
  reference: string,
): { readonly name: string; readonly version: string } | undefined {
  const [, name, version = ''] =
    /^(?:docker\.io\/)?(?:library\/)?([a-z0-9._-]+)((?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?)$/.exec(
      reference,
    ) ?? [];
  return name === undefined ? undefined : { name, version };
}

/** The official images that are pulled most, and those of the common languages. */
const KNOWN = (
  'adminer alpine almalinux amazonlinux archlinux buildpack-deps busybox caddy cassandra clojure ' +
  'composer couchdb dart debian docker eclipse-temurin elasticsearch elixir erlang fedora gcc golang ' +
  'gradle grafana groovy haproxy haskell hello-world httpd influxdb ibmjava jenkins joomla jruby julia kibana ' +
  'kong logstash mariadb maven memcached mongo mosquitto mysql nats neo4j nginx node openjdk ' +
  'oraclelinux perl php postgres pypy python r-base rabbitmq redis registry rockylinux ruby rust ' +
  'sapmachine solr sonarqube swift swipl tomcat traefik ubuntu varnish vault wordpress zookeeper'
).split(' ');

/** As many letters as one slips at: one in a short name, two in a longer one. */
function nearestName(name: string): string | undefined {
  if (name.length > 40 || KNOWN.includes(name)) return undefined;
  const within = name.length <= 4 ? 1 : 2;
  const near = KNOWN.map((known) => ({ known, distance: editDistance(name, known) }))
    .filter(({ distance }) => distance <= within)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.known;
}

/** Letters to insert, remove or replace until one text is the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of from.split('').entries()) {
    const current = [row + 1];
    for (const [column, other] of to.split('').entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      const removed = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
