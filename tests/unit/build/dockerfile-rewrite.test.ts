import { describe, expect, it } from 'vitest';
import {
  rewriteDockerfile,
  type DockerfileRewrite,
} from '../../../src/build/dockerfile-rewrite.js';
import { parseDockerfile } from '../../../src/core/dockerfile.js';
import { renderDockerfile } from '../../../src/templates/render-dockerfile.js';
import { buildPlan } from '../../support/build-plan.js';
import { failureOf } from '../../support/failure.js';

const certificate = { secretId: 'ca', digest: 'd1' };

/** The text with every mount of ours as `MOUNTS` and every ARG line of ours as `ARGS`. */
function withCertificate(text: string, more: DockerfileRewrite = {}): string {
  return rewriteDockerfile(text, { certificate, ...more })
    .replaceAll(
      /(?: --mount=type=secret,id=ca(?:-\w+)?,target=\S+,mode=0444,required=true)+/g,
      ' MOUNTS',
    )
    .replaceAll(/(?:ARG \w+=\S*\/run\/slipway\/\S+\n)+/g, 'ARGS\n');
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

describe('certificates in a Dockerfile', () => {
  it.each([
    ['a plain step', lines('FROM a', 'RUN b'), lines('FROM a', 'ARGS', 'RUN MOUNTS b')],
    [
      'a step with flags of its own',
      lines('FROM a', 'RUN --network=none --mount=type=cache,target=/c b'),
      lines('FROM a', 'ARGS', 'RUN MOUNTS --network=none --mount=type=cache,target=/c b'),
    ],
    [
      'the exec form',
      lines('FROM a', 'RUN ["b", "c"]'),
      lines('FROM a', 'ARGS', 'RUN MOUNTS ["b", "c"]'),
    ],
    [
      'a step over several lines with a comment',
      lines('FROM a', 'run \\', '  # why', '  b && \\', '  c'),
      lines('FROM a', 'ARGS', 'run MOUNTS \\', '  # why', '  b && \\', '  c'),
    ],
    [
      'a here-document, which stays as it is',
      lines('FROM a', 'RUN <<EOF', 'RUN not a step', 'EOF', 'RUN b'),
      lines('FROM a', 'ARGS', 'RUN MOUNTS <<EOF', 'RUN not a step', 'EOF', 'RUN MOUNTS b'),
    ],
    [
      'stages: one that only copies needs nothing',
      lines('ARG V=1', 'FROM a:$V AS one', 'RUN b', 'FROM c', 'COPY --from=one /x /x'),
      lines(
        'ARG V=1',
        'FROM a:$V AS one',
        'ARGS',
        'RUN MOUNTS b',
        'FROM c',
        'COPY --from=one /x /x',
      ),
    ],
    [
      'directives before the first stage',
      lines('# escape=`', '# comment', '', 'FROM a', 'RUN b `', '  c'),
      lines('# escape=`', '# comment', '', 'FROM a', 'ARGS', 'RUN MOUNTS b `', '  c'),
    ],
    ['a file without a last line end', 'FROM a\nRUN b', 'FROM a\nARGS\nRUN MOUNTS b'],
    ['no step at all', lines('FROM a', 'COPY . .'), lines('FROM a', 'COPY . .')],
    [
      'a trigger for later builds',
      lines('FROM a', 'ONBUILD RUN b'),
      lines('FROM a', 'ONBUILD RUN b'),
    ],
  ])('reach %s', (_, text, expected) => {
    expect(withCertificate(text)).toBe(expected);
  });

  it('leave a file with the line ends of Windows readable', () => {
    const text = withCertificate('FROM a\r\nRUN b \\\r\n  c\r\n');
    expect(
      parseDockerfile(text).instructions.map(({ keyword, joined }) => [keyword, joined]),
    ).toEqual([
      ['FROM', 'a'],
      ['ARGS', ''],
      ['RUN', 'MOUNTS b   c'],
    ]);
  });

  it('reach every step of a Dockerfile of ours', () => {
    const plan = buildPlan({
      aptPackages: { build: ['git'], run: ['git'] },
      caches: [{ id: 'npm', path: '/root/.npm' }],
    });
    const text = rewriteDockerfile(renderDockerfile(plan, { labels: {} }), { certificate });
    const { instructions, problem } = parseDockerfile(text);
    expect(problem).toBeUndefined();
    const runs = instructions.filter(({ keyword }) => keyword === 'RUN');
    expect(runs).toHaveLength(4);
    for (const { flags } of runs) {
      expect(flags).toContain(
        '--mount=type=secret,id=ca,target=/run/slipway/ca.pem,mode=0444,required=true',
      );
    }
  });

  it('are told to the programs that install', () => {
    const text = rewriteDockerfile('FROM a\nRUN b\n', { certificate });
    for (const name of [
      'NODE_EXTRA_CA_CERTS',
      'SSL_CERT_FILE',
      'PIP_CERT',
      'REQUESTS_CA_BUNDLE',
      'CURL_CA_BUNDLE',
      'GIT_SSL_CAINFO',
      'CARGO_HTTP_CAINFO',
    ]) {
      expect(text).toContain(`\nARG ${name}=/run/slipway/ca.pem\n`);
    }
    expect(text).toContain('JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/ca.jks\n');
  });
});

describe('certificates that the image keeps', () => {
  it('come from a stage of their own, because the last one may have no shell', () => {
    const text = withCertificate(
      lines(
        'FROM --platform=linux/amd64 a AS one',
        'RUN b',
        'FROM scratch',
        'COPY --from=0 /x /x',
        'ENV PIP_CERT=/own',
      ),
      { keepCertificates: true },
    );
    expect(text).toBe(
      lines(
        'FROM --platform=linux/amd64 a AS one',
        'ARGS',
        'RUN MOUNTS b',
        'FROM --platform=linux/amd64 a AS slipway-certificates',
        'USER 0',
        'RUN MOUNTS : d1 && mkdir -p /etc/ssl/slipway && cp /run/slipway/ca.pem /run/slipway/ca.jks ' +
          '/etc/ssl/slipway/ && chmod 0755 /etc/ssl/slipway && chmod 0444 /etc/ssl/slipway/*',
        'FROM scratch',
        'COPY --from=0 /x /x',
        'ENV PIP_CERT=/own',
        'COPY --from=slipway-certificates /etc/ssl/slipway /etc/ssl/slipway',
        'ENV AWS_CA_BUNDLE=/etc/ssl/slipway/ca.pem',
        'ENV CARGO_HTTP_CAINFO=/etc/ssl/slipway/ca.pem',
        'ENV CURL_CA_BUNDLE=/etc/ssl/slipway/ca.pem',
        'ENV DENO_CERT=/etc/ssl/slipway/ca.pem',
        'ENV GIT_SSL_CAINFO=/etc/ssl/slipway/ca.pem',
        'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/slipway/ca.pem',
        'ENV REQUESTS_CA_BUNDLE=/etc/ssl/slipway/ca.pem',
        'ENV SSL_CERT_FILE=/etc/ssl/slipway/ca.pem',
        'ENV JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/etc/ssl/slipway/ca.jks',
      ),
    );
  });

  it('are in the stage that is built', () => {
    const text = withCertificate(lines('FROM a AS Prod', 'RUN b', 'FROM prod AS test', 'RUN c'), {
      keepCertificates: true,
      target: 'prod',
    });
    expect(text.indexOf('COPY --from=slipway-certificates')).toBeLessThan(
      text.indexOf('FROM prod'),
    );
  });

  it.each([
    ['no stage runs a command', 'FROM scratch\nCOPY a /a\n', undefined],
    ['no stage has that name', 'FROM a\nRUN b\n', 'prod'],
  ])('are refused when %s', async (_, text, target) => {
    const rewritten = Promise.resolve({ certificate, keepCertificates: true, target }).then(
      (rewrite) => rewriteDockerfile(text, rewrite),
    );
    expect(await failureOf(rewritten)).toMatchObject({ code: 'BUILD_REFUSED' });
  });
});

describe('proxies of a build', () => {
  it('are declared by no stage, which would write them into the history', () => {
    const text = lines(
      'ARG HTTP_PROXY',
      'FROM a',
      'ARG HTTP_PROXY',
      'ARG A=1 https_proxy B',
      'ARG C',
      'RUN b',
    );
    expect(rewriteDockerfile(text, { proxies: ['HTTP_PROXY', 'HTTPS_PROXY'] })).toBe(
      lines('ARG HTTP_PROXY', 'FROM a', 'ARG A=1 B', 'ARG C', 'RUN b'),
    );
    expect(rewriteDockerfile(text, {})).toBe(text);
    expect(
      withCertificate(lines('FROM a', 'ARG HTTP_PROXY', 'RUN b'), { proxies: ['HTTP_PROXY'] }),
    ).toBe(lines('FROM a', 'ARGS', 'RUN MOUNTS b'));
  });
});

describe('a Dockerfile for the classic builder', () => {
  it('loses the mounts that only save time, and nothing else', () => {
    const text = lines(
      'FROM a',
      'RUN --mount=type=cache,target=/c,sharing=locked \\',
      '    --mount=target=/t,type=tmpfs --network=none b --mount=type=cache,target=/c,sharing=locked',
      'RUN --mount=type=cache,target=/c,sharing=locked c',
    );
    const rewritten = rewriteDockerfile(text, { withoutMounts: true });
    expect(
      parseDockerfile(rewritten).instructions.map(({ flags, joined }) => [flags, joined]),
    ).toEqual([
      [[], 'a'],
      [['--network=none'], 'b --mount=type=cache,target=/c,sharing=locked'],
      [[], 'c'],
    ]);
  });

  it.each([
    ['RUN --mount=type=secret,id=x b'],
    ['RUN --mount=type=ssh b'],
    ['RUN --mount=target=/src b'],
    ['RUN --mount=type=cache,\\\ntarget=/c b'],
  ])('is refused when a step needs its mount: %s', async (run) => {
    const text = `FROM a\n${run}\n`;
    const rewritten = Promise.resolve(text).then((one) =>
      rewriteDockerfile(one, { withoutMounts: true }),
    );
    expect(await failureOf(rewritten)).toMatchObject({ code: 'BUILD_REFUSED' });
  });

  it('is refused with certificates, which it could only leave in the image', async () => {
    const rewritten = Promise.resolve('FROM a\n').then((text) =>
      rewriteDockerfile(text, { withoutMounts: true, certificate }),
    );
    expect(await failureOf(rewritten)).toMatchObject({ code: 'BUILD_REFUSED' });
  });
});
