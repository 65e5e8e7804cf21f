"""A gRPC server on loopback, by grpcio, with its health service (or without)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.servers.certificates import IssuedCertificate

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
UNKNOWN = health_pb2.HealthCheckResponse.UNKNOWN
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


@dataclass
class GrpcServer:
    """`servicer.set(name, status)` changes what it says; `refusal` is what it answers instead."""

    port: int
    servicer: Any
    metadata: list[dict[str, Any]] = field(default_factory=list)
    refusal: tuple[grpc.StatusCode, str] | None = None


class _Noting(grpc.ServerInterceptor):  # type: ignore[misc]
    """Keeps what callers send along, and refuses them on wish."""

    def __init__(self, server: GrpcServer) -> None:
        self._server = server

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        self._server.metadata.append(dict(details.invocation_metadata))
        if self._server.refusal is None:
            return continuation(details)
        code, text = self._server.refusal
        return grpc.unary_unary_rpc_method_handler(lambda request, context: context.abort(code, text))


@contextmanager
def grpc_server(certificate: IssuedCertificate | None = None, *, has_health: bool = True) -> Iterator[GrpcServer]:
    """Listens at 127.0.0.1, with TLS when there is a certificate; the server as a whole is SERVING."""
    seen = GrpcServer(0, health.HealthServicer())
    # grpcio answers in threads of its own, so the event loop of the test stays free.
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, interceptors=[_Noting(seen)])
        if has_health:
            health_pb2_grpc.add_HealthServicer_to_server(seen.servicer, server)
        seen.servicer.set("", SERVING)
        seen.port = _bind(server, certificate)
        server.start()
        try:
            yield seen
        finally:
            server.stop(None).wait()


def _bind(server: Any, certificate: IssuedCertificate | None) -> int:
    if certificate is None:
        return int(server.add_insecure_port("127.0.0.1:0"))
    with TemporaryDirectory() as folder:
        pem_file, key_file = certificate.write(Path(folder))
        pem, key = pem_file.read_bytes(), key_file.read_bytes()
    return int(server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, pem)])))
