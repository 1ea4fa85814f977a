import Commands
import Connections
import Hummingbird
import OktaAPI
package import Projections

/// What a reviewer asks, beyond the state of a connection and its history.
enum QuestionRoute: Hashable, Sendable {
  case difference
  case blame(AppID)
  case timeline(AppID)
  case changes
  case search

  /// - Parameter path: the segments below `/hindsight/v1`.
  static func all(_ path: [String]) -> [String: QuestionRoute] {
    switch path {
    case ["diff"]: return ["GET": .difference]
    case ["changes"]: return ["GET": .changes]
    case ["search"]: return ["GET": .search]
    default:
      guard path.count == 3, path[0] == "connections", let app = AppID(path[1]) else { return [:] }
      switch path[2] {
      case "blame": return ["GET": .blame(app)]
      case "timeline": return ["GET": .timeline(app)]
      default: return [:]
      }
    }
  }
}

extension QuestionRoute {
  /// What each takes in its query.
  var parameters: Set<String> {
    switch self {
    case .difference: ["from", "to", "appId"]
    case .blame: ["asOf"]
    case .timeline: ["sort", "cursor", "limit"]
    case .changes: ["from", "to", "actor", "appId", "outcome", "sort", "cursor", "limit"]
    case .search: ["q", "sort", "cursor", "limit"]
    }
  }
}

extension Gateway {
  func respond(
    to request: GatewayRequest, question route: QuestionRoute
  ) async throws -> Response {
    switch route {
    case .difference: try await difference(request)
    case .blame(let app): try await blame(app, request)
    case .timeline(let app): try await timeline(app, request)
    case .changes: try await changes(request)
    case .search: try await search(request)
    }
  }

  // MARK: - Difference and blame

  private func difference(_ request: GatewayRequest) async throws -> Response {
    guard let from = try request.parameter("from"), let to = try request.parameter("to") else {
      throw InputFault(
        detail: "A difference takes from and to, each a time or the index of an event.")
    }
    let points = (try await point(from, "from"), try await point(to, "to"))
    guard try await !isInverted(points.0, points.1) else {
      throw InputFault(
        detail: "from is after to: \(from) and \(to). Exchange them; nothing was done.")
    }
    let app = try request.parameter("appId").map { text in
      guard let app = AppID(text) else {
        throw InputFault(detail: "appId is no id of an app: \(text). Nothing was done.")
      }
      return app
    }
    let (found, first, second) = try await views.difference(
      of: app, from: points.0, to: points.1)
    if let app, found.isEmpty { return Self.nothingKnown(app) }
    return Response.json([
      "from": NativeJSON.trueAt(first), "to": NativeJSON.trueAt(second),
      "connections": .array(found.map(NativeJSON.difference)),
    ])
  }

  private static func nothingKnown(_ app: AppID) -> Response {
    Response.problem(
      404, "connection-not-known",
      "Nothing is recorded of a connection of \(app) at that point.")
  }

  private func blame(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let point = try await point(request.parameter("asOf"), "asOf")
    let (lines, trueAt) = try await views.blame(of: app, at: point)
    guard !lines.isEmpty else { return Self.nothingKnown(app) }
    return Response.json([
      "appId": .string(app.description), "asOf": NativeJSON.trueAt(trueAt),
      "fields": .array(lines.map(NativeJSON.blame)),
    ])
  }

  // MARK: - Lists with pages

  private func timeline(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let order = try request.order(of: ["recordedAt"], usual: "-recordedAt")
    let question = ["timeline", app.description, order]
    let cursor: Cursor<Int>? = try request.cursor(of: question)
    let limit = try request.number("limit", in: 1...1_000) ?? 100
    let page = try await views.timeline(
      of: app, from: cursor?.position, isNewestFirst: order.hasPrefix("-"), size: cursor?.size,
      limit: limit)
    // A page of few events may have an outcome alone, whose beginning is on the next one.
    guard !page.items.isEmpty || page.next != nil || cursor != nil else {
      return Self.nothingKnown(app)
    }
    let next = page.next.map { Cursor(size: page.trueAt.size, position: $0, of: question).text }
    return Response.json([
      "appId": .string(app.description), "asOf": NativeJSON.trueAt(page.trueAt),
      "items": .array(page.items.map { NativeJSON.item($0) }), "nextCursor": JSONValue(next),
    ])
  }

  /// So many events with which something begins are looked at for a page.
  private static let changesLookedAt = 2_000

  /// Who changed what in a period. A page may have few of them, or none, and a
  /// cursor: it ends where enough was looked at.
  private func changes(_ request: GatewayRequest) async throws -> Response {
    let query = try ChangeQuery(request, now: environment.now())
    let cursor: Cursor<Int>? = try request.cursor(of: query.question)
    let limit = try request.number("limit", in: 1...1_000) ?? 100
    var size = cursor?.size ?? 0
    if cursor == nil { size = try await views.size() }
    let page = try await views.changes(
      query, from: cursor?.position, size: size, limit: limit, lookingAt: Self.changesLookedAt)
    let next = page.next.map { Cursor(size: size, position: $0, of: query.question).text }
    let labels = try await views.labels(below: size)
    return Response.json([
      "asOf": ["index": JSONValue(size == 0 ? nil : size - 1)],
      "items": .array(page.items.map { NativeJSON.item($0, labels) }),
      "nextCursor": JSONValue(next),
    ])
  }

  /// The texts of so many events are looked into for a page.
  static let eventsLookedInto = 100_000

  private func search(_ request: GatewayRequest) async throws -> Response {
    guard let text = try request.parameter("q"), text.utf8.count <= 200 else {
      throw InputFault(detail: "A search takes q, a text of at most 200 bytes.")
    }
    let order = try request.order(of: ["recordedAt"], usual: "-recordedAt")
    let isNewestFirst = order.hasPrefix("-")
    let question = SearchResult.question(text, isNewestFirst: isNewestFirst)
    let cursor: Cursor<Int>? = try request.cursor(of: question)
    let limit = try request.number("limit", in: 1...200) ?? 50
    let found = try await views.search(
      text, from: cursor?.position, isNewestFirst: isNewestFirst, size: cursor?.size,
      limit: limit, lookingInto: Self.eventsLookedInto, now: environment.now())
    let next = found.next.map { Cursor(size: found.trueAt.size, position: $0, of: question).text }
    let labels = try await views.labels(below: found.trueAt.size)
    return Response.json([
      "q": .string(text), "asOf": NativeJSON.trueAt(found.trueAt),
      "connections": .array(found.connections.map(NativeJSON.listed)),
      "items": .array(found.items.map { NativeJSON.item($0, labels) }),
      "nextCursor": JSONValue(next),
    ])
  }
}

extension SearchResult {
  /// What a cursor is bound to.
  package static func question(_ text: String, isNewestFirst: Bool) -> [String] {
    ["search", text, isNewestFirst ? "-" : ""]
  }
}

extension ChangeQuery {
  fileprivate init(_ request: GatewayRequest, now: Instant) throws {
    self.init()
    (from, to) = try request.period(now: now)
    actor = try request.parameter("actor")
    isNewestFirst = try request.order(of: ["recordedAt"]).hasPrefix("-")
    outcome = try request.word("outcome", of: Outcome.self)
    appID = try request.parameter("appId").map { text in
      guard let app = AppID(text) else {
        throw Gateway.InputFault(detail: "appId is no id of an app: \(text). Nothing was done.")
      }
      return app
    }
  }

  /// What a cursor is bound to.
  package var question: [String] {
    [
      "changes", from?.description ?? "", to?.description ?? "", actor ?? "",
      appID?.description ?? "", outcome?.rawValue ?? "", isNewestFirst ? "-" : "",
    ]
  }
}
