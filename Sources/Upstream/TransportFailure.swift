import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The head of an answer came in time, and its body did not.
struct AnswerTooLate: Error {}

/// A call that brought no whole answer, and whether any byte of the request can have left.
package struct TransportFailure: Error, Hashable, Sendable {
  /// One sentence without addresses or secrets.
  package var reason: String
  /// Certain: nothing was sent. Whatever is not certain counts as sent.
  package var isNotSent: Bool

  /// - Parameter headArrived: the head of an answer came, so the request had left.
  init(_ error: any Error, headArrived: Bool) {
    if headArrived {
      reason = error is AnswerTooLate ? "the answer did not end in time" : "the answer was cut"
      isNotSent = false
      return
    }
    switch error {
    case let error as HTTPClientError:
      reason = error.shortDescription
      isNotSent = Self.neverSent.contains { $0 == error }
    case is NIOConnectionError:
      reason = "no connection to Okta's address (name or network)"
      isNotSent = true
    case let error as IOError where error.errnoCode == ECONNREFUSED:
      reason = "the connection to Okta was refused"
      isNotSent = true
    case is IOError:
      reason = "the connection to Okta was reset"
      isNotSent = false
    case NIOSSLError.handshakeFailed, NIOSSLError.unableToValidateCertificate,
      is NIOSSLExtraError:
      reason = "the TLS handshake with Okta failed"
      isNotSent = true
    default:
      reason = "the connection to Okta broke"
      isNotSent = false
    }
  }

  /// Thrown before a connection is handed to a request, and never after. An unreachable host is not
  /// among them: Linux reports it for a connection that carried a request, too.
  private static let neverSent: [HTTPClientError] = [
    .invalidURL, .emptyHost, .emptyScheme, .alreadyShutdown, .connectTimeout, .tlsHandshakeTimeout,
    .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout,
  ]
}
