import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

extension Gateway {
  /// So many events are looked at for a page, where no index tells which ones match.
  private static let eventsLookedAt = 50_000

  /// The events as they were recorded. A page may have few of them, or none, and a cursor: it ends
  /// where enough was looked at.
  func events(_ request: GatewayRequest) async throws -> Response {
    let filter = try EventFilter(request, now: environment.now())
    let cursor: Cursor<Int>? = try request.cursor(of: filter.question)
    let limit = try request.number("limit", in: 1...1_000) ?? 100
    var size = cursor?.size ?? 0
    if cursor == nil { size = try await views.size() }
    var selection = filter.selection
    selection.limit = limit + 1
    // Where what is left lies, and the part of it that is looked at for this page.
    var left = 0..<size
    if let from = selection.from {
      left = left.clamped(to: min(try await self.size(before: from), size)..<size)
    }
    if let to = selection.to { left = left.clamped(to: 0..<(try await self.size(before: to))) }
    if let position = cursor?.position {
      left = left.clamped(
        to: selection.isNewestFirst ? 0..<position : min(position, size - 1) + 1..<size)
    }
    var looked = left
    if !filter.isIndexed {
      looked =
        selection.isNewestFirst
        ? max(left.lowerBound, left.upperBound - Self.eventsLookedAt)..<left.upperBound
        : left.lowerBound..<min(left.upperBound, left.lowerBound + Self.eventsLookedAt)
    }
    (selection.after, selection.before) = (looked.lowerBound - 1, looked.upperBound)
    let found = try await views.events(selection)
    let page = Array(found.prefix(limit))
    var last = found.count > limit ? page.last?.index : nil
    if last == nil, looked != left {
      last = selection.isNewestFirst ? looked.lowerBound : looked.upperBound - 1
    }
    let next = last.map { Cursor(size: size, position: $0, of: filter.question).text }
    return Response.json(200, NativeJSON.events(page, nextCursor: next)).stating(size)
  }

  /// The number of events recorded before a moment.
  private func size(before instant: Instant) async throws -> Int {
    try await views.size(asOf: Instant(microseconds: instant.microseconds - 1))
  }
}

/// Which events, by what they say of themselves.
struct EventFilter {
  var selection: EventSelection
  var question: [String]

  static let names: Set<String> = [
    "appId", "commandId", "actor", "type", "from", "to", "sort", "cursor", "limit",
  ]

  init(_ request: GatewayRequest, now: Instant) throws(Gateway.InputFault) {
    func parsed<Value>(
      _ name: String, _ parse: (String) -> Value?
    ) throws(Gateway.InputFault) -> Value? {
      guard let text = try request.parameter(name) else { return nil }
      guard let value = parse(text) else {
        throw Gateway.InputFault(
          detail: """
            \(name) is not one that Hindsight knows: \(text.prefix(100)). Nothing was done.
            """)
      }
      return value
    }
    selection = EventSelection(
      appID: try parsed("appId") { AppID($0) },
      commandID: try parsed("commandId") { CommandID($0) },
      actor: try request.parameter("actor"),
      type: try parsed("type") { EventPayload.Kind(rawValue: $0) }, limit: 0)
    (selection.from, selection.to) = try request.period(now: now)
    selection.isNewestFirst = try request.order(of: ["index"]).hasPrefix("-")
    question = ["events"]
    for name in Self.names.sorted() where name != "limit" && name != "cursor" {
      question.append(name + "=" + (try request.parameter(name) ?? ""))
    }
  }

  /// An index tells which events match, or all do.
  var isIndexed: Bool {
    selection.appID != nil || selection.commandID != nil
      || selection.actor == nil && selection.type == nil
  }
}

extension GatewayRequest {
  /// A span of time, `from` before `to`, that has begun.
  func period(now: Instant) throws(Gateway.InputFault) -> (from: Instant?, to: Instant?) {
    let (from, to) = (try instant("from"), try instant("to"))
    if let from, from > now {
      throw Gateway.InputFault(
        detail: "from is in the future, of which nothing is known: \(from). Nothing was done.")
    }
    if let from, let to, from > to {
      throw Gateway.InputFault(
        detail: "from is after to: \(from) and \(to). Exchange them; nothing was done.")
    }
    return (from, to)
  }

  private func instant(_ name: String) throws(Gateway.InputFault) -> Instant? {
    guard let text = try parameter(name) else { return nil }
    guard let instant = Gateway.loose(text) else {
      throw Gateway.InputFault(
        detail: "\(name) must be a time (2026-11-23T07:52:00Z): \(text.prefix(60))")
    }
    return instant
  }
}
