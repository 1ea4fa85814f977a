import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// An address to listen on.
struct ListenAddress: Sendable {
  var host: String
  var port: Int

  init(_ text: String) throws {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw ValidationError("--listen must be HOST:PORT, such as 127.0.0.1:8080: \(text)") }
    let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
    guard !host.isEmpty else { throw ValidationError("--listen must name a host: \(text)") }
    self.host = host
    self.port = port
  }
}

extension ListenAddress {
  /// Where it is found, once it listens on a port; an IPv6 address stands in brackets.
  func url(port: Int?) -> String {
    "http://\(host.contains(":") ? "[\(host)]" : host):\(port ?? 0)"
  }

  /// A free port that only this machine reaches.
  static let loopback = ListenAddress(host: "127.0.0.1", port: 0)

  /// Takes the address and gives it back, before anything is made or recorded for a server that
  /// could not listen.
  func mustBeFree() async throws(ListenFault) {
    do {
      let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: host, port: port).get()
      try await channel.close()
    } catch let error as IOError {
      throw ListenFault(address: self, why: String(cString: strerror(error.errnoCode)))
    } catch is SocketAddressError.UnknownHost {
      throw ListenFault(address: self, why: "there is no such host")
    } catch { throw ListenFault(address: self, why: "\(error)") }
  }

  private init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

/// An address that no server can listen on.
struct ListenFault: Error, CustomStringConvertible {
  var address: ListenAddress
  var why: String

  var description: String {
    """
    The address \(address.host):\(address.port) of --listen cannot be had: \(why). Nothing was \
    served. Choose another, or end what has it.
    """
  }
}
