/** What a run may use beside CPU, memory and time: ports, volumes, mounts, GPUs. */

export interface PublishedPortRequest {
  readonly containerPort: number;
  /** 0 lets the engine choose. */
  readonly hostPort: number;
  readonly hostAddress: string;
  readonly protocol: 'tcp' | 'udp';
}

/** A volume that outlives the run, by its name without Slipway's prefix. */
export interface NamedVolume {
  readonly path: string;
  readonly name: string;
}

/** A folder or file of the engine's host, links resolved. */
export interface HostMount {
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** What a caller asks for. */
export interface RequestedResources {
  readonly ports: readonly PublishedPortRequest[];
  readonly volumes: readonly NamedVolume[];
  readonly mounts: readonly HostMount[];
  /** `all`, or ids of devices; undefined is none. */
  readonly gpus: 'all' | readonly string[] | undefined;
  readonly ulimits: readonly Ulimit[];
  readonly extraHosts: readonly { readonly host: string; readonly address: string }[];
}

/** What is permitted, with what only the operator can give. */
export interface PermittedResources extends RequestedResources {
  /** The engine's name of the runtime; undefined is its default. */
  readonly runtime: string | undefined;
  /** Linux capabilities on top of none. */
  readonly capabilities: readonly string[];
}

export const NO_RESOURCES: RequestedResources = {
  ports: [],
  volumes: [],
  mounts: [],
  gpus: undefined,
  ulimits: [],
  extraHosts: [],
};
