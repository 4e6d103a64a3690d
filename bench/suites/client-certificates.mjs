/** Certificates for the steps of a build by the engine's client, as Slipway wires them in. Pure. */

const CERTIFICATES = '/run/bench-ca.pem';

/** The id of the build secret that holds them. */
export const CERTIFICATE_SECRET = 'bench-ca';

/**
 * What every step needs where packages come over an inspecting proxy.
 *
 * @param {string} dockerfile
 * @returns {string}
 */
export function withCertificates(dockerfile) {
  const mount = `--mount=type=secret,id=${CERTIFICATE_SECRET},target=${CERTIFICATES},mode=0444`;
  return dockerfile
    .replaceAll(/^FROM .*$/gm, (line) => `${line}\nARG NODE_EXTRA_CA_CERTS=${CERTIFICATES}`)
    .replaceAll(/^RUN /gm, `RUN ${mount} `);
}
