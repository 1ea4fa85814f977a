import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An upstream with the right name on a certificate that nobody vouches for. It counts what it is
/// told behind its handshake, which is to be nothing.
package final class UntrustedOkta: Sendable {
  private let bytes = Mutex(0)
  private let bound = Mutex(0)

  private init() {}

  package var origin: String { "https://127.0.0.1:\(bound.withLock(\.self))" }

  /// How many bytes came through the handshake.
  package var heard: Int { bytes.withLock(\.self) }

  package static func lend(_ body: (UntrustedOkta) async throws -> Void) async throws {
    let okta = UntrustedOkta()
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: [
          .certificate(try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem))
        ],
        privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))))
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(NIOSSLServerHandler(context: context))
          try pipeline.addHandler(Listener(okta: okta))
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    okta.bound.withLock { $0 = server.localAddress?.port ?? 0 }
    let result: Result<Void, any Error>
    do { result = .success(try await body(okta)) } catch { result = .failure(error) }
    try await server.close()
    try result.get()
  }

  private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let okta: UntrustedOkta

    init(okta: UntrustedOkta) { self.okta = okta }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let count = unwrapInboundIn(data).readableBytes
      okta.bytes.withLock { $0 += count }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }

  /// Self-signed, for 127.0.0.1. Its key opens nothing but this.
  private static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBkTCCATagAwIBAgIUJM6LTyprVqxl8aXA49XSzHiG/sAwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNTIzMTkzNloYDzIxMjYxMTAx
    MjMxOTM2WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAARMDJgBTMpTSp/13yI3+HRdEUyeMKVNNB7qUfhuQDHL0H/xIxnKDlxr
    a9TozjUoH28XprQjmvmnnxz9pw+LWpbIo2QwYjAdBgNVHQ4EFgQUmv+mHoSQday5
    u5Or6Q++xiRrRKwwHwYDVR0jBBgwFoAUmv+mHoSQday5u5Or6Q++xiRrRKwwDwYD
    VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
    IQCVaryrB/QKeJRUxwNF9KXelIcKNWLUebd7mKbuC/PTAgIhANOW5OR0U7HiZJSy
    O5C29VhLvmNbiYbV+UMSD+cyjORN
    -----END CERTIFICATE-----
    """

  private static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGZefBCdnlbmzgHsZ
    3nv4ZzatnPdrZQ7+obs4UB2nUy+hRANCAARMDJgBTMpTSp/13yI3+HRdEUyeMKVN
    NB7qUfhuQDHL0H/xIxnKDlxra9TozjUoH28XprQjmvmnnxz9pw+LWpbI
    -----END PRIVATE KEY-----
    """
}
