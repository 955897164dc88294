# svft in a container, with the working directory of its runs at /work:
#   docker build -t registry.example/svft:1 .
#   docker run --rm -v "$PWD:/work" registry.example/svft:1 run recipe.yaml
# `svft export k8s … --image registry.example/svft:1` writes a job of this image.

FROM node:24-slim AS build
WORKDIR /opt/svft
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
WORKDIR /opt/svft
COPY --from=build /opt/svft/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY configs configs
COPY models models
COPY results results
COPY --from=build /opt/svft/oclif.manifest.json ./
COPY --from=build /opt/svft/dist dist
RUN ln -s /opt/svft/bin/run.js /usr/local/bin/svft && mkdir /work && chown node:node /work

# The user node, by number so that a cluster can check that it is not root. A volume at /work must be writable by it.
USER 1000:1000
WORKDIR /work
ENV SVFT_CACHE=/work/.cache/svft \
    HF_HOME=/work/.cache/huggingface
ENTRYPOINT ["svft"]
CMD ["--help"]
