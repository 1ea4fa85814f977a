import Commands
import Connections
import Evidence
import HTTPTypes
import Hummingbird
import NIOCore
import OktaAPI
import Projections
import Reports
import TransparencyLog

/// A report, and in which form.
enum ReportRoute: Hashable, Sendable {
  case report(ReportName, ReportFormat)
  case manifest(ReportName)
  case unknown(String)

  /// - Parameter file: the last segment of the path, such as `changes.ocsf.jsonl`.
  init(_ file: String) {
    let name = String(file.prefix { $0 != "." })
    let form = String(file.dropFirst(name.count + 1))
    guard let report = ReportName(rawValue: name) else {
      self = .unknown(name)
      return
    }
    if form == "manifest.json" {
      self = .manifest(report)
    } else if let format = ReportFormat(rawValue: form), format.isOffered(for: report) {
      self = .report(report, format)
    } else {
      self = .unknown(file)
    }
  }
}

extension Gateway {
  func respond(
    to request: GatewayRequest, report route: ReportRoute, _ actor: ActorIdentity
  ) async throws -> Response {
    switch route {
    case .unknown(let name):
      return Response.problem(
        404, "report-not-known",
        """
        There is no report \(String(name.prefix(60)).debugDescription); there are \
        \(ReportName.allCases.map(\.rawValue).joined(separator: ", ")), each as .csv, .jsonl and \
        .manifest.json, and changes as .ocsf.jsonl and .cloudevents.jsonl.
        """)
    case .report(let name, let format):
      let report = try await report(name, request)
      // Without a body nothing leaves the house.
      if request.method != "HEAD" { try await record(report, actor) }
      return stream(report, format)
    case .manifest(let name):
      let report = try await report(name, request)
      let root = try await root(of: report)
      if request.method != "HEAD" { try await record(report, actor) }
      return Response.json(
        200, try await report.manifest(from: views, root: root, madeBy: actor))
    }
  }

  /// Made is recorded before the first byte leaves: who takes half of it has taken it.
  func record(_ report: Report, _ actor: ActorIdentity) async throws {
    try await access.recordExport(report.export, context: EventContext(actor: actor))
  }

  func stream(_ report: Report, _ format: ReportFormat) -> Response {
    let views = views
    let file = report.definition.name.rawValue + "." + format.rawValue
    var response = Response(
      status: .ok,
      headers: [
        .contentType: format.contentType,
        .contentDisposition: "attachment; filename=\"\(file)\"", .cacheControl: "no-store",
      ],
      body: ResponseBody { writer in
        var out = writer
        try await report.write(format, from: views) { bytes in
          try await out.write(ByteBuffer(bytes: bytes))
        }
        try await out.finish(nil)
      })
    response.headers[.trueAt] = String(report.size - 1)
    // RFC 8288: the manifest of these very rows.
    let query = report.parameters.map { $0.name + "=" + Self.encoded($0.value) }
    let manifest = "\(report.definition.name.rawValue).manifest.json"
    response.headers[.links] =
      "</hindsight/v1/reports/\(manifest)?\(query.joined(separator: "&"))>; rel=\"describedby\""
    return response
  }

  /// The root of the journal where the report is true; absent where nothing signs.
  func root(of report: Report) async throws -> String? {
    try await log?.root(ofFirst: report.size)?.description
  }

  // MARK: - What is asked

  func report(_ name: ReportName, _ request: GatewayRequest) async throws -> Report {
    let definition = ReportDefinition.of(name)
    try request.allowOnly(Set(definition.parameters.map(\.rawValue)))
    return try await report(name) { try request.parameter($0.rawValue) }
  }

  /// - Parameter value: of a parameter, where it was given.
  func report(
    _ name: ReportName, _ value: (ReportParameter) throws -> String?
  ) async throws -> Report {
    let now = environment.now()
    var report = Report(name, trueAt: try await views.size(), madeAt: now)
    report.from = try Self.bound(try value(.from), "from", now)
    report.to = try Self.bound(try value(.to), "to", nil)
    if let from = report.from, let to = report.to, from > to {
      throw InputFault(
        detail: "from is after to: \(from) and \(to). Exchange them; nothing was made.")
    }
    let asOf = try value(.asOf)
    guard asOf != nil || name != .stateAsOf else {
      throw InputFault(
        detail: "state-as-of takes asOf, a time or the index of an event. Nothing was made.")
    }
    try await report.move(to: point(asOf, "asOf"), in: views)
    if let text = try value(.n) {
      guard let count = Int(text), (1...100_000).contains(count) else {
        throw InputFault(detail: "n must be a number from 1 to 100000: \(text.prefix(60)).")
      }
      report.count = count
    }
    if let text = try value(.seed) {
      guard let seed = UInt64(text) else {
        throw InputFault(
          detail: "seed must be a number from 0 to 18446744073709551615: \(text.prefix(60)).")
      }
      report.seed = seed
    }
    return report
  }

  private static func bound(
    _ text: String?, _ name: String, _ now: Instant?
  ) throws -> Instant? {
    guard let text else { return nil }
    guard let instant = loose(text) else {
      throw InputFault(
        detail: "\(name) must be a time (2026-11-23T07:52:00Z): \(text.prefix(60))")
    }
    if let now, instant > now {
      throw InputFault(
        detail: "\(name) is in the future, of which nothing is known: \(text.prefix(60))")
    }
    return instant
  }
}
