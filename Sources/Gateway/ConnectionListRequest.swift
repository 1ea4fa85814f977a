import Connections
import Projections

/// What a request for the list of connections asks: filters, order, and how many at a time.
struct ConnectionListRequest {
  var query = ConnectionQuery()
  var limit: Int
  /// What a cursor belongs to.
  var question: [String]

  static let names: Set<String> = [
    "text", "scheme", "status", "mark", "fingerprint", "olderThanDays", "sort", "asOf", "limit",
    "cursor",
  ]

  init(_ request: GatewayRequest) throws(Gateway.InputFault) {
    query.text = try request.parameter("text")
    query.scheme = try request.word("scheme", of: ConnectionState.Word.schemes)
    query.status = try request.word("status", of: ConnectionState.Word.statuses)
    query.mark = try request.word("mark", of: Mark.self)
    query.fingerprint = try request.parameter("fingerprint")?.lowercased()
    query.olderThanDays = try request.number("olderThanDays", in: 0...100_000)
    let order = try request.order(of: ConnectionQuery.Sort.allCases.map(\.rawValue))
    query.sort = ConnectionQuery.Sort(rawValue: String(order.drop { $0 == "-" }))
    query.isDescending = order.hasPrefix("-")
    limit = try request.number("limit", in: 1...10_000) ?? 1_000
    question = ["connections"]
    for name in Self.names.sorted() where name != "limit" && name != "cursor" {
      question.append(name + "=" + (try request.parameter(name) ?? ""))
    }
  }
}
