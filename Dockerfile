# syntax=docker/dockerfile:1

# 1. The web assets, from the locked npm packages.
FROM node:24-bookworm-slim AS assets
WORKDIR /build/dispatch/web/assets
COPY dispatch/web/assets/package.json dispatch/web/assets/package-lock.json dispatch/web/assets/.npmrc ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY dispatch/web/assets/build.mjs dispatch/web/assets/icons.txt ./
RUN node build.mjs

# 2. The environment: locked dependencies first (a layer that seldom changes), then the wheel.
FROM python:3.13-slim-bookworm AS wheel
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
COPY pyproject.toml uv.lock ./
RUN uv venv /opt/dispatch \
 && uv export --locked --quiet --no-default-groups --no-emit-project --output-file requirements.txt \
 && uv pip install --python /opt/dispatch --require-hashes --requirements requirements.txt
COPY README.md ./
COPY geo geo
COPY dispatch dispatch
COPY workers workers
COPY data data
COPY --from=assets /build/dispatch/web/static/vendor dispatch/web/static/vendor
RUN uv build --wheel \
 && uv pip install --python /opt/dispatch --no-deps dist/*.whl

# 3. What runs: no compiler, no package manager of ours, no root.
FROM python:3.13-slim-bookworm
# Pango and a Chinese font set bulletins as PDF (ADR 0701).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/dispatch dispatch \
 && install --directory --owner=dispatch /var/lib/dispatch
COPY --from=wheel /opt/dispatch /opt/dispatch
ENV PATH=/opt/dispatch/bin:$PATH PYTHONUNBUFFERED=1 LC_ALL=C.UTF-8 DISPATCH_VAR_DIR=/var/lib/dispatch
WORKDIR /var/lib/dispatch
USER dispatch
EXPOSE 8000
CMD ["python", "-m", "dispatch.kit.serve", "--host", "0.0.0.0"]
