# One image for every process of the platform: `broker`, `load`, `api`, and all other commands of smp.

FROM node:26-trixie-slim AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci && npm run build && npm prune --omit=dev

FROM node:26-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app .
USER node
ENTRYPOINT ["node", "dist/smp.js"]
CMD ["--help"]
