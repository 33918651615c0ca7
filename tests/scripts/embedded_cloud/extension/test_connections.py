"""No client's connection is ended while the client may still use it."""

from hypercorn.config import Config

from embedded_cloud.extension import connections

GO_SDK_SECONDS = 90.0  # aws-sdk-go-v2, aws/transport/http: DefaultHTTPTransportIdleConnTimeout


def test_connections_are_kept_for_longer_than_terraforms_provider_uses_them():
    kept = connections.serve(lambda app, config: config.keep_alive_timeout, None, Config())
    assert kept > GO_SDK_SECONDS
