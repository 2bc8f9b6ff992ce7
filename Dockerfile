# Two stages on Debian stable: the compiler and its libraries stay in the first one. tools/image_test runs these steps
# without an engine (make image-test).
FROM debian:trixie-slim AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config \
      libnats-dev libssl-dev nlohmann-json3-dev libyaml-cpp-dev libboost-program-options-dev \
      prometheus-cpp-dev libcivetweb-dev libspdlog-dev libexpected-dev libhowardhinnant-date-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG JOBS=2
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DROOMKEEPER_TESTS=OFF -DROOMKEEPER_BENCH=OFF \
      -DROOMKEEPER_PCH=ON -DROOMKEEPER_UNITY=ON \
 && cmake --build /build -- -j ${JOBS} \
 && DESTDIR=/image cmake --install /build --prefix /usr --strip

FROM debian:trixie-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates tzdata \
      libnats3.10 libssl3t64 libyaml-cpp0.8 libboost-program-options1.83.0 \
      libprometheus-cpp-core1.0 libcivetweb1 libspdlog1.15 libdate-tz3 libcrypt1 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /image/usr/bin/roomkeeper /image/usr/bin/roomctl /usr/bin/
COPY --from=build /image/etc/roomkeeper/roomkeeper.yaml /etc/roomkeeper/roomkeeper.yaml
LABEL org.opencontainers.image.title="Roomkeeper" \
      org.opencontainers.image.description="Chat rooms on NATS JetStream: a sidecar for nats-server"
# The configuration listens on loopback only, where nobody outside of a container can ask.
ENV ROOMKEEPER_HTTP_LISTEN=0.0.0.0:7780
# A number, so that an orchestrator can see that it is not root. It writes no file: the file system may be read-only.
USER 64780:64780
EXPOSE 7780
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/roomkeeper"]
CMD ["--config", "/etc/roomkeeper/roomkeeper.yaml"]
