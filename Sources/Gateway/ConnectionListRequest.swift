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
    if let sort = try request.parameter("sort") {
      let word = String(sort.drop { $0 == "-" })
      guard let found = ConnectionQuery.Sort(rawValue: word) else {
        let known = ConnectionQuery.Sort.allCases.map(\.rawValue).joined(separator: ", ")
        throw Gateway.InputFault(
          detail: """
            sort must be one of \(known), with a - before it for descending: \(sort.prefix(60)). \
            Nothing was done.
            """)
      }
      (query.sort, query.isDescending) = (found, sort.hasPrefix("-"))
    }
    limit = try request.number("limit", in: 1...10_000) ?? 1_000
    question = ["connections"]
    for name in Self.names.sorted() where name != "limit" && name != "cursor" {
      question.append(name + "=" + (try request.parameter(name) ?? ""))
    }
  }
}
