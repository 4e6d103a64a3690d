/**
 * The messages of the services that BuildKit calls on its client, as bytes.
 *
 * From `grpc/health/v1/health.proto` of gRPC, and `session/auth/auth.proto` and
 * `session/secrets/secrets.proto` of moby/buildkit.
 */
import protobuf from 'protobufjs';
import { z } from 'zod';

const PROTO = `
syntax = "proto3";
message HealthCheckResponse { int32 status = 1; }
message CredentialsRequest { string host = 1; }
message CredentialsResponse { string username = 1; string secret = 2; }
message GetSecretRequest { string id = 1; }
message GetSecretResponse { bytes data = 1; }
`;

const { root } = protobuf.parse(PROTO);

/** `SERVING` of the health protocol. */
const SERVING = 1;

/** What BuildKit logs in with. With an empty name, the secret is an identity token. */
export interface Credentials {
  readonly username: string;
  readonly secret: string;
}

/** Says that all is well. */
export const healthyResponse = encoded('HealthCheckResponse', { status: SERVING });

/** The registry that credentials are asked for: host, with its port if it has one. */
export const credentialsRequest = decoder('CredentialsRequest', z.object({ host: z.string() }));

export function credentialsResponse({ username, secret }: Credentials): Buffer {
  return encoded('CredentialsResponse', { username, secret });
}

/** The secret that is asked for. */
export const secretRequest = decoder('GetSecretRequest', z.object({ id: z.string() }));

export function secretResponse(data: Uint8Array): Buffer {
  return encoded('GetSecretResponse', { data });
}

function encoded(message: string, value: Record<string, unknown>): Buffer {
  const type = root.lookupType(message);
  return Buffer.from(type.encode(type.create(value)).finish());
}

/** @throws for bytes that are no such message */
function decoder<S extends z.ZodType>(
  message: string,
  schema: S,
): (bytes: Uint8Array) => z.output<S> {
  const type = root.lookupType(message);
  return (bytes) => schema.parse(type.toObject(type.decode(bytes), { defaults: true }));
}
