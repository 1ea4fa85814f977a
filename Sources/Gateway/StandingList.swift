import Connections
import Hummingbird
package import OktaAPI
import Projections

/// A list of what stands now, such as doubts and holds: filtered, in one of its orders, a page at a
/// time.
///
/// Every page tells of the present. It begins after the last row of the page before, in the list's
/// order, so that what comes or ends in between makes it skip no row and show none twice.
package struct StandingList: Sendable {
  package typealias Filter = @Sendable (_ row: JSONValue, _ wanted: String) -> Bool

  /// The key under which an answer has the rows.
  let name: String
  /// The keys of a row that together tell it from every other.
  let identity: [String]
  /// The keys by which it can be sorted; the first one is the default.
  package let orders: [String]
  let filters: [String: Filter]
  /// What a filter takes, where that is one of a few words.
  var words: [String: [String]] = [:]

  package static let doubts = Self(
    name: "doubts", identity: ["commandId"], orders: ["since", "appId"],
    filters: ["appId": isEqual("appId"), "kind": isEqual("kind")],
    words: ["kind": ConnectionCommand.Kind.allCases.map(\.rawValue)])
  package static let secrets = Self(
    name: "secrets", identity: ["appId", "firstUsedAt", "field", "fingerprint"],
    orders: ["appId", "firstUsedAt", "lastUsedAt", "fingerprint"],
    filters: [
      "appId": isEqual("appId"),
      "fingerprint": { $0["fingerprint"]?.text?.hasPrefix($1.lowercased()) == true },
      "standing": { row, wanted in
        wanted == "held"
          ? row["holds"]?.elements?.isEmpty == false : row[wanted]?.boolean == true
      },
    ], words: ["standing": ["current", "mayBeCurrent", "compromised", "shredded", "held"]])
  package static let holds = Self(
    name: "holds", identity: ["holdId"], orders: ["since"],
    filters: [
      "appId": { $0["over"]?["appId"]?.text == $1 },
      "fingerprint": { $0["over"]?["fingerprint"]?.text?.hasPrefix($1.lowercased()) == true },
    ])
  package static let rollbacks = Self(
    name: "rollbacks", identity: ["rollbackId"], orders: ["startedAt", "appId", "outcome"],
    filters: ["appId": isEqual("appId"), "outcome": isEqual("outcome")],
    words: ["outcome": ["running", "stopped", "inDoubt", "awaitingConsent"]])
  static let tokens = Self(
    name: "tokens", identity: ["id"], orders: ["createdAt", "name", "role"],
    filters: ["role": isEqual("role")], words: ["role": Role.allCases.map(\.rawValue)])

  private static func isEqual(_ key: String) -> Filter {
    { row, wanted in row[key]?.text == wanted }
  }

  /// What it takes in a query.
  var parameters: Set<String> { Set(filters.keys).union(["sort", "limit", "cursor"]) }

  /// The rows that the filters admit, in an order.
  ///
  /// - Parameter order: a key, with `-` before it for descending; absent is the default.
  package func chosen(
    from rows: [JSONValue], where wanted: [String: String], sortedBy order: String? = nil
  ) -> [JSONValue] {
    let order = order ?? orders[0]
    let admitted = rows.filter { row in
      wanted.allSatisfy { name, value in filters[name]?(row, value) == true }
    }
    let sorted = admitted.map { (key: key(of: $0, in: order), row: $0) }
      .sorted { order.hasPrefix("-") ? $1.key < $0.key : $0.key < $1.key }
    return sorted.map(\.row)
  }

  /// The place of a row in an order, which is no other row's.
  private func key(of row: JSONValue, in order: String) -> RowKey {
    RowKey(
      parts: ([String(order.drop { $0 == "-" })] + identity).map { row[$0]?.text ?? "" })
  }

  /// A page of the rows that a request asks for, and where the next one begins.
  ///
  /// - Parameter size: the number of events at which the rows are true.
  func page(
    of rows: [JSONValue], _ request: GatewayRequest, size: Int
  ) throws(Gateway.InputFault) -> [JSONValue.Member] {
    let order = try request.order(of: orders)
    var wanted: [String: String] = [:]
    if let app = try request.parameter("appId"), AppID(app) == nil {
      throw Gateway.InputFault(detail: "appId is no id of an app: \(app). Nothing was done.")
    }
    for name in filters.keys {
      wanted[name] =
        if let words = words[name] { try request.word(name, of: words) } else {
          try request.parameter(name)
        }
    }
    let limit = try request.number("limit", in: 1...10_000) ?? 1_000
    let question =
      [name, order] + wanted.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }
    let cursor: Cursor<RowKey>? = try request.cursor(of: question)
    var left = chosen(from: rows, where: wanted, sortedBy: order)[...]
    if let last = cursor?.position {
      left = left.drop { row in
        let key = key(of: row, in: order)
        return order.hasPrefix("-") ? last <= key : key <= last
      }
    }
    let shown = left.prefix(limit)
    let next = shown.count < left.count ? shown.last : nil
    return [
      .init(name, .array(Array(shown))),
      .init(
        "nextCursor",
        JSONValue(
          next.map {
            Cursor(size: size, position: key(of: $0, in: order), of: question).text
          })),
    ]
  }
}

extension Gateway {
  /// A page of a list of what stands now.
  func standing(
    _ list: StandingList, _ request: GatewayRequest, _ rows: () async throws -> [JSONValue]
  ) async throws -> Response {
    // Read before what it is about: the list tells at least as much.
    let size = try await views.size()
    let page = try list.page(of: try await rows(), request, size: size)
    return Response.json(.object(page)).stating(size)
  }
}

/// What a row is sorted by and named by, as text: times and ids sort as such.
private struct RowKey: Comparable, LosslessStringConvertible {
  var parts: [String]

  init(parts: [String]) { self.parts = parts }

  /// In hexadecimal digits, which every cursor may have.
  init?(_ description: String) {
    guard let bytes = Hex.decode(description) else { return nil }
    parts = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
  }

  var description: String { Hex.encode(parts.joined(separator: "\0").utf8) }

  static func < (left: Self, right: Self) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }
}
