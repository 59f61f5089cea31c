# Built in one stage, run in another: the image that runs has no compiler, no pip cache and no root.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM $PYTHON_IMAGE AS build
WORKDIR /src
RUN python -m venv /opt/cutoff && python -m venv /opt/build
COPY pyproject.toml README.md LICENSE ./
COPY deploy/image.lock deploy/build.lock deploy/
COPY app app
COPY migrations migrations
COPY watchlists watchlists
# Every package is one whose hash is known: make image-lock.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_QUIET=1
RUN /opt/build/bin/python -m pip install --require-hashes -r deploy/build.lock && \
    /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /opt/build/wheel . && \
    /opt/cutoff/bin/python -m pip install --require-hashes -r deploy/image.lock && \
    /opt/cutoff/bin/python -m pip install --no-deps /opt/build/wheel/*.whl
# The matcher is compiled here (-P: the one that is installed, not the sources beside); another processor than this
# one compiles it anew into the volume, once.
ENV NUMBA_CACHE_DIR=/var/lib/cutoff/compiled
RUN mkdir -p /var/lib/cutoff/compiled && \
    /opt/cutoff/bin/python -P -c 'from app.matching import warm_up; warm_up()'

FROM $PYTHON_IMAGE
# Certificates and reports are printed in this font.
RUN apt-get update -q && \
    apt-get install -qy --no-install-recommends fonts-noto-cjk && \
    rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="cutoff" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/cutoff /opt/cutoff
COPY --from=build --chown=10001:10001 /var/lib/cutoff /var/lib/cutoff
ENV PATH=/opt/cutoff/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    USER=cutoff \
    CUTOFF_DATA_DIR=/var/lib/cutoff \
    NUMBA_CACHE_DIR=/var/lib/cutoff/compiled
USER 10001:10001
WORKDIR /var/lib/cutoff
VOLUME /var/lib/cutoff
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["cutoff", "serve", "--host", "0.0.0.0", "--port", "8000"]
