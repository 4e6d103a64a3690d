# A Node.js server, written by Slipway. Installed and built with all dependencies, run without those of the build.

FROM node:24-slim AS build
WORKDIR /app
ENV PUPPETEER_SKIP_DOWNLOAD="1"

# Packages of Debian that the build needs. Lists and archives stay in a cache, not in the image.
RUN --mount=type=cache,id=slipway-apt-lists,target=/var/lib/apt/lists,sharing=locked \
    --mount=type=cache,id=slipway-apt-archives,target=/var/cache/slipway-apt,sharing=locked \
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dir::Cache::archives=/var/cache/slipway-apt build-essential git

# The package manager in the version that the repository asks for.
RUN --mount=type=cache,id=slipway-pnpm,target=/root/.local/share/pnpm/store,sharing=shared \
    npm install --global pnpm@10.2.0

# Dependencies first: a change of the sources leaves these steps alone.
COPY ["package.json", "pnpm-lock.yaml", "./"]
COPY ["packages/a/package.json", "./packages/a/"]
RUN --mount=type=cache,id=slipway-pnpm,target=/root/.local/share/pnpm/store,sharing=shared \
    (pnpm install --frozen-lockfile || echo 'slipway: pnpm install --frozen-lockfile failed; used instead: pnpm install' >&2 && pnpm install)

COPY . .
RUN --mount=type=cache,id=slipway-pnpm,target=/root/.local/share/pnpm/store,sharing=shared \
    cd packages/a && CI=true pnpm run build

# What only the build needed does not reach the image.
RUN --mount=type=cache,id=slipway-pnpm,target=/root/.local/share/pnpm/store,sharing=shared \
    pnpm prune --prod

FROM node:24-slim

# Packages of Debian that the server needs when it runs.
RUN --mount=type=cache,id=slipway-apt-lists,target=/var/lib/apt/lists,sharing=locked \
    --mount=type=cache,id=slipway-apt-archives,target=/var/cache/slipway-apt,sharing=locked \
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dir::Cache::archives=/var/cache/slipway-apt git

# A user without rights, by number. Written by hand: not every base image has useradd.
RUN echo 'mcp:x:1001:' >> /etc/group \
    && echo 'mcp:x:1001:1001::/home/mcp:/bin/sh' >> /etc/passwd \
    && mkdir -p /home/mcp && chown 1001:1001 /home/mcp
COPY --from=build --chown=1001:1001 ["/app", "/app"]
ENV HOME="/home/mcp"
ENV HOST="0.0.0.0"
ENV NODE_ENV="production"
WORKDIR "/app"
USER 1001:1001
STOPSIGNAL SIGTERM
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "require('node:net').connect(3000, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))"]

# Labels last: another date or id breaks the cache of no other step.
LABEL mcp.server_type="node"
LABEL org.opencontainers.image.title="Small"
ENTRYPOINT ["node", "/app/index.js"]
CMD ["--http"]
