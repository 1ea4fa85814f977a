package import Connections
package import Projections

/// The reports that there are, by the names under which they are asked for.
package enum ReportName: String, Hashable, Sendable, CaseIterable {
  case changes
  case currentState = "current-state"
  case stateAsOf = "state-as-of"
  case credentialAges = "credential-ages"
  case doubts
  case rollbacks
  case access
  case coverage
  case drift
  case sample
}

/// What a report can be asked for.
package enum ReportParameter: String, Hashable, Sendable, CaseIterable {
  case from, to, asOf, n, seed
}

/// One cell. Nothing is not one thing: empty, unknown, not observed and redacted are four.
package enum ReportValue: Hashable, Sendable {
  case text(String)
  case number(Int)
  case flag(Bool)
  /// There is none.
  case empty
  /// There is one, and it is not known.
  case unknown
  /// It was set before recording began.
  case notObserved
  /// It is known and not shown.
  case redacted

  package static func optional(_ text: String?) -> ReportValue { text.map { .text($0) } ?? .empty }
  package static func optional(_ number: Int?) -> ReportValue {
    number.map { .number($0) } ?? .empty
  }
  package static func optional(_ instant: Instant?) -> ReportValue {
    instant.map { .text($0.description) } ?? .empty
  }

  /// What is told of an app's resource, which nobody may have read.
  package static func ofApp(_ text: String?) -> ReportValue {
    text.map { .text($0) } ?? .notObserved
  }

  init(_ value: FieldValue) {
    switch value {
    case .text(let text): self = .text(text)
    case .sealed(let fingerprint, _): self = .text(fingerprint)
    case .empty: self = .empty
    case .unknown: self = .unknown
    case .notObserved: self = .notObserved
    }
  }
}

/// A named report in one version: other columns or another meaning take another number. 2 of the
/// state as of and of the credential ages: labels, ages, marks and the last change are those of the
/// point. Their 3, and 2 of the current state: a secret that comes again is as old as it was, the
/// last change is by whose command it was, and `neverChanged` is a mark like others. The next of
/// all three: a secret after a drift may be older than its sight. The last of each with labels: one
/// that nobody read is not observed.
package struct ReportDefinition: Hashable, Sendable {
  package var name: ReportName
  package var version: Int
  /// In a few words, for who chooses.
  package var what: String
  package var columns: [String]
  package var parameters: Set<ReportParameter>

  /// Its rows tell how old something is, and so depend on a moment and not on the events alone.
  var measuresAges: Bool {
    switch name {
    case .currentState, .stateAsOf, .credentialAges: true
    case .changes, .doubts, .rollbacks, .access, .coverage, .drift, .sample: false
    }
  }

  /// `changes/2`
  package var title: String { "\(name.rawValue)/\(version)" }

  package static func of(_ name: ReportName) -> ReportDefinition {
    switch name {
    case .changes:
      ReportDefinition(
        name: name, version: ChangesReport.version,
        what: "Every command with its intent and outcome", columns: ChangesReport.columns,
        parameters: [.from, .to, .asOf])
    case .currentState:
      ReportDefinition(
        name: name, version: 3, what: "Each connection as it is", columns: StateRows.columns,
        parameters: [.asOf])
    case .stateAsOf:
      ReportDefinition(
        name: name, version: 4, what: "Each connection as it was known at a point",
        columns: StateRows.columns, parameters: [.asOf])
    case .credentialAges:
      ReportDefinition(
        name: name, version: 4, what: "Fingerprints, ages, what is shared",
        columns: CredentialRows.columns, parameters: [.asOf])
    case .doubts:
      ReportDefinition(
        name: name, version: 2, what: "Each doubt, how it ended, its length",
        columns: DoubtRows.columns, parameters: [.from, .to, .asOf])
    case .rollbacks:
      ReportDefinition(
        name: name, version: 2, what: "Plans, steps, results", columns: RollbackRows.columns,
        parameters: [.from, .to, .asOf])
    case .access:
      ReportDefinition(
        name: name, version: 1, what: "Who looked, exported, administered",
        columns: AccessRows.columns, parameters: [.from, .to, .asOf])
    case .coverage:
      ReportDefinition(
        name: name, version: 1, what: "When nobody was watching", columns: CoverageRows.columns,
        parameters: [.from, .to, .asOf])
    case .drift:
      ReportDefinition(
        name: name, version: 2, what: "What changed past Hindsight, and when that was seen",
        columns: DriftRows.columns, parameters: [.from, .to, .asOf])
    case .sample:
      ReportDefinition(
        name: name, version: 2, what: "A reproducible random sample of changes, with its seed",
        columns: ChangesReport.columns, parameters: [.from, .to, .asOf, .n, .seed])
    }
  }
}

/// A report that is asked for: what, of which period, true at which point.
package struct Report: Sendable {
  package var definition: ReportDefinition
  /// From this moment on.
  package var from: Instant?
  /// Before this moment.
  package var to: Instant?
  /// The point that was asked for, a time or an index; absent for the present.
  package private(set) var asOf: PointInHistory?
  /// Of *sample*: how many.
  package var count = 25
  /// Of *sample*; where nobody chose one, its size.
  package var seed: UInt64
  /// The size of the journal at which it is true.
  package private(set) var size: Int
  /// When it is made.
  package let madeAt: Instant
  /// Against which ages are measured: when it is made, or the point that was asked for.
  private(set) var moment: Instant

  package init(_ name: ReportName, trueAt size: Int, madeAt: Instant) {
    definition = .of(name)
    self.size = size
    self.madeAt = madeAt
    moment = madeAt
    seed = UInt64(size)
  }

  /// Makes it true at another point than the present.
  package mutating func move(to point: PointInHistory, in views: ConnectionViews) async throws {
    guard point != .now else { return }
    let trueAt = try await views.resolve(point)
    (asOf, size, moment) = (point, trueAt.size, trueAt.time ?? madeAt)
    seed = UInt64(size)
  }

  /// Gives its rows, one after the other, in constant memory.
  ///
  /// - Returns: their number.
  @discardableResult
  package func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws -> Int {
    var count = 0
    func counted(_ row: [ReportValue]) async throws {
      count += 1
      try await take(row)
    }
    switch definition.name {
    case .changes:
      try await ChangesReport(from: from, to: to).rows(from: views, trueAt: size, to: counted)
    case .sample:
      try await SampleRows(self).rows(from: views, to: counted)
    case .currentState, .stateAsOf: try await StateRows(self).rows(from: views, to: counted)
    case .credentialAges: try await CredentialRows(self).rows(from: views, to: counted)
    case .doubts: try await DoubtRows(self).rows(from: views, to: counted)
    case .rollbacks: try await RollbackRows(self).rows(from: views, to: counted)
    case .access: try await AccessRows(self).rows(from: views, to: counted)
    case .coverage: try await CoverageRows(self).rows(from: views, to: counted)
    case .drift: try await DriftRows(self).rows(from: views, to: counted)
    }
    return count
  }

  /// The parameters by which the same rows are asked for again, by name.
  package var parameters: [(name: String, value: String)] {
    var stated: [(String, String)] = []
    if let from { stated.append(("from", from.description)) }
    if let to { stated.append(("to", to.description)) }
    stated.append(("asOf", pointAgain))
    if definition.name == .sample {
      stated += [("n", String(count)), ("seed", String(seed))]
    }
    return stated
  }

  /// A time or an index: of what was asked of the present, the one that gives the same.
  package var pointAgain: String {
    switch asOf {
    case .index(let index)?: String(index)
    case .time(let instant)?: instant.description
    case .now?, nil: definition.measuresAges || size == 0 ? madeAt.description : String(size - 1)
    }
  }

  /// What is recorded of its making.
  package var export: Export {
    var export = Export(
      definition: definition.title, from: from?.description, to: to?.description,
      trueAtSize: size)
    export.asOf = pointAgain
    if definition.name == .sample { (export.count, export.seed) = (count, seed) }
    return export
  }
}
