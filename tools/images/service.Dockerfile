# @NAME@ in its four roles: docker run millage/@NAME@:local [api|worker|relay|migrate|topology]
# Built by tools/images/service.sh @NAME@, which puts the wheelhouse into the build context, so
# that nothing is fetched inside the build.
ARG BASE_IMAGE=python:3.11-slim-bookworm

# The same for all seven services, so that the engine builds and stores it once.
FROM ${BASE_IMAGE} AS dependencies
COPY requirements/runtime.txt wheelhouse /build/
RUN python3 -m venv /build/installer \
    && python3 -m venv --without-pip /opt/venv \
    && /build/installer/bin/pip --python /opt/venv/bin/python install --no-index --quiet \
        --find-links /build --require-hashes --requirement /build/runtime.txt

FROM ${BASE_IMAGE} AS sources
COPY libs/taxkit/src /srv/millage/libs/taxkit/src
COPY libs/reportkit/src /srv/millage/libs/reportkit/src
COPY libs/contracts/src /srv/millage/libs/contracts/src
COPY jurisdictions /srv/millage/jurisdictions
COPY services/@NAME@ /srv/millage/services/@NAME@
# Compiled here, as the running container may not write; by content, as file times change hands.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /srv/millage/libs /srv/millage/services

FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 millage \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin millage
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=sources /srv/millage /srv/millage
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/srv/millage/libs/taxkit/src:/srv/millage/libs/reportkit/src:/srv/millage/libs/contracts/src:/srv/millage/services/@NAME@ \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MILLAGE_JURISDICTIONS_DIR=/srv/millage/jurisdictions \
    MILLAGE_GRPC_LISTEN=0.0.0.0:50051 \
    MILLAGE_HTTP_LISTEN=0.0.0.0:9090 \
    MILLAGE_LOG_FORMAT=json
WORKDIR /srv/millage
USER 10001:10001
EXPOSE 50051 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-ISc", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['MILLAGE_HTTP_LISTEN'].rpartition(':')[2] + '/livez', timeout=2)"]
ENTRYPOINT ["python", "-m", "taxkit.run", "@NAME@"]
CMD ["api"]
