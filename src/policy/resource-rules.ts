import type { Policy } from './policy.js';
import { refused, type Refusal } from './refusal.js';
import type { RequestedResources } from './resources.js';
import type { Denial } from './refusal.js';

/** The first rule of the policy that the resources, or the variables, break. */
export function resourceDenial(
  { resources, environment }: Policy,
  wanted: RequestedResources,
  variables: readonly string[],
): Denial | undefined {
  const broken =
    portRefusal(resources, wanted) ??
    volumeRefusal(resources, wanted) ??
    mountRefusal(resources, wanted) ??
    gpuRefusal(resources, wanted) ??
    variableRefusal(environment.deny, variables);
  return broken === undefined ? undefined : refused(broken);
}

function portRefusal(
  { publishAddresses }: Policy['resources'],
  { ports }: RequestedResources,
): Refusal | undefined {
  const port = ports.find((one) => !publishAddresses.includes(one.hostAddress));
  if (port === undefined) return undefined;
  return {
    rule: 'resources.publishAddresses',
    what: `publishing a port on ${port.hostAddress} is not permitted on this server`,
    requested: port.hostAddress,
    allowed: publishAddresses.join(', '),
    instead: 'leave the port out, or use a permitted address',
  };
}

function volumeRefusal(
  { namedVolumes }: Policy['resources'],
  { volumes }: RequestedResources,
): Refusal | undefined {
  const [volume] = volumes;
  if (volume === undefined || namedVolumes) return undefined;
  return {
    rule: 'resources.namedVolumes',
    what: 'named volumes are not permitted on this server',
    requested: volume.name,
    allowed: '',
    instead: 'use a tmpfs, or bring the files with each run',
  };
}

function mountRefusal(
  { mountRoots, writableMounts }: Policy['resources'],
  { mounts }: RequestedResources,
): Refusal | undefined {
  const outside = mounts.find(({ source }) => !mountRoots.some((root) => isWithin(source, root)));
  const rule = outside === undefined ? 'resources.writableMounts' : 'resources.mountRoots';
  const mount = outside ?? mounts.find(({ readOnly }) => !readOnly && !writableMounts);
  if (mount === undefined) return undefined;
  const writable = outside === undefined ? ' to write' : '';
  return {
    rule,
    // The resolved path stays untold: it would answer questions about the host.
    what: `a mount of the host${writable} is not permitted on this server`,
    requested: mount.path,
    allowed: outside === undefined ? 'read-only mounts' : mountRoots.join(', '),
    instead: 'send the files with the run instead',
  };
}

function isWithin(source: string, root: string): boolean {
  return source === root || source.startsWith(root.endsWith('/') ? root : `${root}/`);
}

function gpuRefusal(
  { gpus }: Policy['resources'],
  wanted: RequestedResources,
): Refusal | undefined {
  if (wanted.gpus === undefined || gpus) return undefined;
  return {
    rule: 'resources.gpus',
    what: 'GPUs are not permitted on this server',
    requested: wanted.gpus === 'all' ? 'all' : wanted.gpus.join(', '),
    allowed: '',
    instead: 'run without',
  };
}

function variableRefusal(
  deny: readonly string[],
  variables: readonly string[],
): Refusal | undefined {
  const denied = variables.find((name) => deny.includes(name));
  if (denied === undefined) return undefined;
  return {
    rule: 'environment.deny',
    what: `the environment variable ${denied} is not permitted on this server`,
    requested: denied,
    allowed: `all but ${deny.join(', ')}`,
    instead: 'leave it out',
  };
}
