import Connections
import Projections

/// The marks of a life picture. Those nearer than 9 units stack upward; an update and its activate
/// from one apply are one mark; a rollback is one mark, with an arc to the moment it went back to.
struct LifeMarks {
  private let picture: LifePicture
  private let layout: LifePicture.Layout

  init(_ picture: LifePicture, _ layout: LifePicture.Layout) {
    self.picture = picture
    self.layout = layout
  }

  var markup: Markup {
    var out = Markup.nothing
    // The place of the last mark on each level.
    var levels: [Double] = []
    let starts = rollbackStarts
    for (position, item) in picture.items.enumerated() where isShown(item, position, starts) {
      guard item.recordedAt >= layout.scale.from else { continue }
      let x = layout.scale.x(item.recordedAt)
      let shape = shape(of: item)
      if shape == .drift {
        out += link(item, Marks.shape(shape, x: x, y: layout.commands + 11))
        continue
      }
      let level = levels.firstIndex { x - $0 >= 9 } ?? levels.count
      if level == levels.count, level < 3 { levels.append(x) }
      let place = min(level, 2)
      levels[place] = x
      let y = layout.commands - Double(place) * 11
      out += link(item, Marks.shape(shape, x: x, y: shape == .began ? layout.commands - 2 : y))
      if case .rollback(.started(let start)) = item.kind, shape == .rolledBack {
        out += arc(to: start.targetVersion, from: x, y)
      }
    }
    return out
  }

  private var rollbackStarts: Set<EventID> {
    Set(
      picture.items.compactMap { item in
        if case .rollback(.started) = item.kind { item.ids.first } else { nil }
      })
  }

  private func isShown(_ item: HistoryItem, _ position: Int, _ starts: Set<EventID>) -> Bool {
    switch item.kind {
    case .observed(let observation):
      return observation.isDrift || observation.cause == .baseline
    case .rollback(.started), .rollback(.refused): return true
    case .rollback: return false
    case .command:
      // Steps of a rollback are part of its mark, unless one did not succeed.
      if let cause = item.context.causationID, starts.contains(cause) {
        return item.ending != .succeeded
      }
      return !(position > 0 && item.completes(picture.items[position - 1]))
    }
  }

  private func shape(of item: HistoryItem) -> Marks.Shape {
    guard case .rollback(.started) = item.kind, let id = item.ids.first else { return item.shape }
    var shape = Marks.Shape.inDoubt
    for other in picture.items {
      switch other.kind {
      case .rollback(.completed(let end)) where end.startedBy == id: shape = .rolledBack
      case .rollback(.failed(let end)) where end.startedBy == id: shape = .refused
      case .rollback(.stopped(let stop)) where stop.startedBy == id: shape = other.shape
      default: break
      }
    }
    return shape
  }

  private func link(_ item: HistoryItem, _ shape: Markup) -> Markup {
    let text = Markup(text: "\(Signs.second(item.recordedAt)) \(item.saying)")
    return """
      <a href="#e\(item.indexes.first ?? 0)" aria-label="\(text)">\(shape)<title>\(text)</title></a>
      """
  }

  private func arc(to version: Int, from x: Double, _ y: Double) -> Markup {
    guard let target = picture.versions.last(where: { $0.version <= version }),
      target.recordedAt >= layout.scale.from
    else { return .nothing }
    let end = layout.scale.x(target.recordedAt)
    guard x - end > 10 else { return .nothing }
    let foot = layout.commands - 9
    return """
      <path class="m-back" d="M\(x) \(y - 5)C\(x) 28 \(end) 28 \(end) \(foot - 3)"/>\
      <path class="m-backhead" d="M\(end - 3.5) \(foot - 3)h7L\(end) \(foot + 4)Z"/>
      """
  }
}

extension HistoryItem {
  /// In a few words, for who cannot see the mark.
  var saying: String {
    switch kind {
    case .command(let kind): "\(kind.rawValue) \(ending?.saying ?? "")"
    case .observed(let observation):
      observation.isDrift ? "drift" : observation.cause == .baseline ? "recording began" : "read"
    case .rollback(let event): event.saying
    }
  }

  /// The activate that follows an update of the same hand in one go.
  func completes(_ other: HistoryItem) -> Bool {
    guard case .command(.activate) = kind, case .command(.update) = other.kind,
      ending == .succeeded, other.ending == .succeeded,
      context.actor.id == other.context.actor.id
    else { return false }
    return recordedAt.microseconds - other.recordedAt.microseconds < 120_000_000
  }
}

extension RollbackEvent {
  var saying: String {
    switch self {
    case .started: "rollback"
    case .resumed: "rollback resumed"
    case .stopped: "rollback stopped"
    case .awaitingConsent: "rollback awaiting consent"
    case .completed: "rolled back"
    case .failed: "rollback ended short of its target"
    case .refused: "rollback refused"
    }
  }
}

extension HistoryItem.Ending {
  var saying: String {
    switch self {
    case .open: "running"
    case .succeeded: "succeeded"
    case .refused: "refused"
    case .notSent: "not sent"
    case .inDoubt: "in doubt"
    case .resolved(let verdict): "resolved, \(verdict.rawValue)"
    }
  }
}
