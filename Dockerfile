# One image for every party; the command says which: `docker run pinning-lab services/proxy/main.ts --help`.
# No build step: Node runs the TypeScript as it is.
FROM node:24-bookworm-slim
WORKDIR /lab
ENV NODE_ENV=production NODE_COMPILE_CACHE=/lab/.compile-cache

# Before the sources, so that this layer is built again only when the dependencies change. TypeScript comes along as
# an optional peer, and neither it nor declarations and source maps are ever read at run time.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund --loglevel=error \
 && rm -rf node_modules/typescript node_modules/@typescript node_modules/@types ~/.npm \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

COPY certs certs
COPY services services
COPY mitm mitm

# A named volume takes owner and mode from the folder that it covers, so each party's folder exists beforehand, empty.
RUN chmod -R a+rX certs services mitm \
 && for party in authority proxy nasa attestation client attacker certs lab; do \
      install -d -o 1000 -g 1000 -m 0700 "certs/generated/$party" || exit 1; done \
 && install -d -o 1000 -g 1000 .compile-cache

USER 1000:1000
# Running every party once shows that its imports are all there, and fills the compile cache (which is kept per user):
# a party then starts with half the work. The attacker loads mockttp only when it is asked to attack.
RUN for main in certs/main.ts mitm/main.ts services/*/main.ts "services/lab/main.ts compose"; do \
      node $main --help >/dev/null || exit 1; done \
 && node --input-type=module -e "import 'mockttp'"

ENTRYPOINT ["node"]
CMD ["services/lab/main.ts", "--help"]
