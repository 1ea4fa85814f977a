import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections
import Upstream

extension Gateway {
  /// The version of the product, as pages and the command line tell it.
  package static let productVersion = "0.1.0"

  /// The organisation's host.
  var organisation: String {
    let origin = upstream.origin
    let host = origin.split(separator: "/").last.map(String.init) ?? origin
    return host.hasPrefix("127.0.0.1") ? "the sandbox at \(host)" : host
  }

  enum Place: Sendable {
    case overview, reports, log
  }

  /// What the layout shows around every page.
  ///
  /// - Parameters:
  ///   - place: the entry of the navigation; absent for pages of strangers, which have no frame.
  ///   - here: to where a change of the theme comes back.
  func frame(
    _ place: Place?, _ visitor: Visitor, title: String, here: String, trueAt: TrueAt? = nil
  ) -> [String: Any] {
    let now = environment.now()
    var frame: [String: Any] = [
      "title": title, "assets": Pages.assetsVersion, "version": Self.productVersion, "here": here,
      "csrf": visitor.csrf, "organisation": organisation,
      "themes": Visitor.Theme.allCases.map { theme in
        [
          "value": theme.rawValue, "name": theme.rawValue.capitalizedFirst,
          "pressed": theme == visitor.theme ? "true" : "false",
        ] as [String: Any]
      },
    ]
    if visitor.theme != .auto { frame["theme"] = visitor.theme.rawValue }
    guard visitor.actor != nil, place != nil || trueAt != nil else { return frame }
    frame["frame"] = true
    frame["actor"] = visitor.actor?.display ?? ""
    frame["role"] = visitor.role?.rawValue ?? ""
    frame["onOverview"] = place == .overview
    frame["onReports"] = place == .reports
    frame["onLog"] = place == .log
    frame["readAt"] = Signs.time(now)
    // A page with a message is about no point.
    if let trueAt {
      frame["isEmpty"] = trueAt.size == 0
      frame["hasEvents"] = trueAt.size > 0
      frame["index"] = trueAt.size - 1
    }
    if let stopped = trueAt?.stopped {
      frame["stale"] = stopped.sentence
    }
    return frame
  }

  /// A page with one message: what happened, and what to do.
  func notice(_ fault: ConsoleFault, _ visitor: Visitor) -> Response {
    let place: Place? = visitor.actor == nil ? nil : .overview
    let icon = fault.status == 404 ? "note" : fault.status < 500 ? "refused" : "gap"
    return Pages.response(
      "notice",
      frame(place, visitor, title: fault.title, here: fault.link).merging([
        "what": fault.what, "todo": fault.todo, "link": fault.link, "linkName": fault.linkName,
        "kind": fault.status == 404 ? "" : "no", "icon": icon,
        "written": fault.written as Any,
      ]) { $1 }, status: fault.status)
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
