/// The points between the changes of one connection, each as it was by all that is known today.
///
/// What a command did counts from when it was sent, however late its end was told. Nothing is a
/// point while a command or a rollback is under way: each is one change, however many events it
/// takes.
struct ChangePoints {
  private struct Point {
    var connection: Connection
    /// The update whose doubt is all that made it.
    var doubt: CommandID?
  }

  /// In order; no two that follow each other are the same.
  private var points: [Point] = []
  private var present: Connection?
  private let endings: DoubtEndings

  init(of appID: AppID, in events: [Event]) throws(EventFault) {
    endings = DoubtEndings(in: events)
    var connection = Connection(appID: appID)
    for event in events {
      let wasInDoubt = !connection.updatesInDoubt.isEmpty
      try connection.apply(event)
      guard connection.known != nil, connection.openIntents.isEmpty, connection.rollback == nil
      else { continue }
      take(try connection.knowing(endings), event, wasInDoubt)
    }
  }

  private mutating func take(_ connection: Connection, _ event: Event, _ wasInDoubt: Bool) {
    present = connection
    let doubt = event.payload.kind == .inDoubt ? event.context.commandID : nil
    guard let last = points.last else { return points.append(Point(connection: connection)) }
    if !differ(last.connection, connection) {
      // The last of the same, but for one that is less certain.
      if Set(connection.updatesInDoubt).isSubset(of: last.connection.updatesInDoubt) {
        points[points.count - 1].connection = connection
      }
    } else if wasInDoubt, case .observed(let observation) = event.payload, !observation.isDrift {
      // A read shows what the update in doubt did: that is no change of its own.
      if last.doubt != nil { points[points.count - 1].connection = connection }
    } else {
      points.append(Point(connection: connection, doubt: doubt))
    }
  }

  /// The point before the last change; an update that may have happened is one. An update drops an
  /// enabled connection to disabled and an activate follows it: the pause between the two is part
  /// of that change, not a point of its own.
  var beforeLastChange: Connection? {
    guard let present, let place = points.lastIndex(where: { differ($0.connection, present) })
    else { return nil }
    let last = points[place].connection
    guard place > 0, present.isEnabled, !last.isEnabled, !haveOtherContent(last, present) else {
      return last
    }
    let before = points[place - 1].connection
    return before.isEnabled && haveOtherContent(before, last) ? before : last
  }

  private func differ(_ one: Connection, _ other: Connection) -> Bool {
    one.known?.state.status != other.known?.state.status || haveOtherContent(one, other)
  }

  /// A doubt that has not ended may be other content; one that has ended as superseded never
  /// mattered.
  private func haveOtherContent(_ one: Connection, _ other: Connection) -> Bool {
    one.hasOtherContent(than: other)
      || one.updatesInDoubt.filter { endings[$0] == nil }
        != other.updatesInDoubt.filter { endings[$0] == nil }
  }
}

extension Connection {
  fileprivate var isEnabled: Bool { known?.state.isEnabled == true }

  fileprivate var updatesInDoubt: [CommandID] {
    doubts.filter { $0.intent.command.kind == .update }.map(\.commandID)
  }

  fileprivate func hasOtherContent(than other: Connection) -> Bool {
    guard let mine = known?.state, let theirs = other.known?.state,
      mine.hasSameConfiguration(as: theirs)
    else { return true }
    return switch (credential.content, other.credential.content) {
    case (let mine?, let theirs?): !mine.sets(sameAs: theirs)
    case (nil, nil): credential != other.credential
    default: true
    }
  }
}
