import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

/// What was found for a text.
extension Gateway {
  func find(_ request: GatewayRequest, _ visitor: Visitor) async throws -> Response {
    func text(_ name: String) -> String? {
      OktaRoute.parameters(name, in: request.query).first.flatMap { $0.isEmpty ? nil : $0 }
    }
    let sought = (text("q") ?? "").trimmedBlanks
    guard !sought.isEmpty else { return Self.redirect(to: "/hindsight/") }
    guard sought.utf8.count <= 200, !sought.unicodeScalars.contains("\0") else {
      throw InputFault(
        detail: "Find takes a text of at most 200 bytes, and none with a NUL. Nothing was done.")
    }
    // An id leads straight to what it names.
    if let id = CommandID(sought), try await !views.course(of: id).isEmpty {
      return Self.redirect(to: "/hindsight/changes/\(id)")
    }
    let found = try await views.search(
      sought, from: text("before").flatMap { Int($0) }, limit: 50,
      lookingInto: Self.eventsLookedInto, now: environment.now())
    if found.items.isEmpty, found.next == nil, found.connections.count == 1,
      let only = found.connections.first
    {
      return Self.redirect(to: "/hindsight/connections/\(only.appID)")
    }
    let names = try await views.labels().mapValues(\.label)
    var model = frame(
      .overview, visitor, title: "Find", here: request.target, trueAt: found.trueAt)
    let count = found.items.count + found.connections.count
    let older = found.next.map { "/hindsight/find?q=\(Self.encoded(sought))&before=\($0)" }
    model.merge([
      "sought": sought,
      "headline": count > 0
        ? "What has “\(sought)”"
        : found.next == nil ? "Nothing has “\(sought)”" : "Nothing of the latest has “\(sought)”",
      "lead": found.next == nil
        ? "All of it, as far as it was recorded up to index \(max(0, found.trueAt.size - 1))."
        : "The latest; there is more.",
      "hasConnections": !found.connections.isEmpty, "hasItems": !found.items.isEmpty,
      "connections": found.connections.map { row -> Markup in
        """
        <li>\(Signs.icon("on"))<a href="/hindsight/connections/\(row.appID.description)">\
        <b>\(row.name)</b></a> <span class="mono faint">\(row.appID.description)</span></li>
        """
      }.joined(),
      "items": TimelineLines(items: found.items, versions: [], names: names).markup,
      "order": "by reason, ticket or actor, latest first",
      "count": Signs.count(found.items.count, "change", "changes"), "older": older as Any,
    ]) { $1 }
    return Pages.response("find", model)
  }
}
