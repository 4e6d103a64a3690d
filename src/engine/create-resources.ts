import type { PermittedResources } from '../policy/resources.js';

/** Volumes of callers carry it: without it, a caller could name the volume of somebody else. */
const VOLUME_PREFIX = 'slipway-volume-';

/** The part of `HostConfig` for ports, volumes, mounts, GPUs and what only the operator gives. */
export function resourceConfig(resources: PermittedResources): Record<string, unknown> {
  const { gpus, runtime, capabilities, ports, extraHosts } = resources;
  return {
    PortBindings: Object.fromEntries(
      ports.map(({ containerPort, protocol, hostPort, hostAddress }) => [
        `${containerPort}/${protocol}`,
        [{ HostIp: hostAddress, HostPort: String(hostPort) }],
      ]),
    ),
    ExtraHosts: extraHosts.map(({ host, address }) => `${host}:${address}`),
    DeviceRequests: gpus === undefined ? undefined : [gpuRequest(gpus)],
    Runtime: runtime,
    CapAdd: capabilities,
  };
}

/** Ports have to be exposed to be published. */
export function exposedPorts({ ports }: PermittedResources): Record<string, object> {
  return Object.fromEntries(
    ports.map(({ containerPort, protocol }) => [`${containerPort}/${protocol}`, {}]),
  );
}

/** `Mounts` and not `Binds`: a missing folder of the host is an error and is not made. */
export function resourceMounts({ volumes, mounts }: PermittedResources): readonly object[] {
  return [
    ...volumes.map(({ path, name }) => ({
      Type: 'volume',
      Source: VOLUME_PREFIX + name,
      Target: path,
    })),
    ...mounts.map(({ source, path, readOnly }) => ({
      Type: 'bind',
      Source: source,
      Target: path,
      ReadOnly: readOnly,
      BindOptions: { Propagation: 'rprivate' },
    })),
  ];
}

function gpuRequest(gpus: 'all' | readonly string[]): object {
  const which = gpus === 'all' ? { Count: -1 } : { DeviceIDs: gpus };
  return { Driver: '', Capabilities: [['gpu']], ...which };
}
