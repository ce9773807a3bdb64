# The worker's image: built in one stage, run in another without compilers, as a user who is not root.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/answerable
COPY requirements.lock ./
RUN /opt/answerable/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY stream ./stream
COPY topics ./topics
COPY deploy/centre.yaml deploy/standards.yaml ./deploy/
COPY deploy/alertmanager/alertmanager.yml ./deploy/alertmanager/
RUN /opt/answerable/bin/pip install --no-deps .

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --create-home --home-dir /var/lib/answerable --shell /usr/sbin/nologin answerable
COPY --from=build /opt/answerable /opt/answerable
COPY --chown=root:root deploy/centre.yaml deploy/standards.yaml /etc/answerable/
ENV PATH=/opt/answerable/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ANSWERABLE_CENTRE_FILE=/etc/answerable/centre.yaml \
    ANSWERABLE_STANDARDS_FILE=/etc/answerable/standards.yaml \
    ANSWERABLE_DATA_DIR=/var/lib/answerable
USER 10001:10001
WORKDIR /var/lib/answerable
EXPOSE 6066
# exec form: SIGTERM reaches the worker itself, which commits, leaves its group and ends.
ENTRYPOINT ["answerable"]
CMD ["worker"]
