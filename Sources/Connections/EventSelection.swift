/// Which events, by what they say of themselves. Every condition that is set must hold.
package struct EventSelection: Hashable, Sendable {
  package var appID: AppID?
  package var commandID: CommandID?
  /// An actor's id or its display name.
  package var actor: String?
  package var type: EventPayload.Kind?
  /// From this moment on.
  package var from: Instant?
  /// Before this moment.
  package var to: Instant?
  /// Only events after this index.
  package var after: Int?
  /// Only events before this index.
  package var before: Int?
  /// Only events with which a change begins.
  package var beginsAChange: Bool
  package var isNewestFirst: Bool
  package var limit: Int

  package init(
    appID: AppID? = nil, commandID: CommandID? = nil, actor: String? = nil,
    type: EventPayload.Kind? = nil, from: Instant? = nil, to: Instant? = nil, after: Int? = nil,
    before: Int? = nil, beginsAChange: Bool = false, isNewestFirst: Bool = false, limit: Int
  ) {
    self.appID = appID
    self.commandID = commandID
    self.actor = actor
    self.type = type
    self.from = from
    self.to = to
    self.after = after
    self.before = before
    self.beginsAChange = beginsAChange
    self.isNewestFirst = isNewestFirst
    self.limit = limit
  }

  package func matches(_ event: Event) -> Bool {
    if let after, event.index <= after { return false }
    if let before, event.index >= before { return false }
    if let appID, event.stream.appID != appID { return false }
    if let commandID, event.context.commandID != commandID { return false }
    if let type, event.payload.kind != type { return false }
    if beginsAChange, !event.payload.beginsAChange { return false }
    if let from, event.recordedAt < from { return false }
    if let to, event.recordedAt >= to { return false }
    if let actor, event.context.actor.id != actor, event.context.actor.display != actor {
      return false
    }
    return true
  }
}
