import Commands
import Connections
import OktaAPI

extension NativeJSON {
  static func open(_ report: RollbackReport) -> JSONValue {
    open(
      report.id, of: report.appID, connections: 1, report.outcome.rawValue, report.detail,
      report.startedAt, report.context)
  }

  static func open(_ tour: OpenTour) -> JSONValue {
    let outcome: OrganisationReport.Outcome = tour.isCarriedOn ? .running : .stopped
    return open(
      tour.id, of: nil, connections: tour.start.connections, outcome.rawValue, nil,
      tour.startedAt, tour.context)
  }

  private static func open(
    _ id: CommandID, of app: AppID?, connections: Int, _ outcome: String, _ detail: String?,
    _ startedAt: Instant, _ context: EventContext
  ) -> JSONValue {
    .object([
      .init("rollbackId", .string(id.description)), .init("appId", JSONValue(app?.description)),
      .init("connections", JSONValue(connections)), .init("outcome", .string(outcome)),
      .init("detail", JSONValue(detail)), .init("startedAt", .string(startedAt.description)),
      .init("actor", actor(context.actor)), .init("reason", JSONValue(context.reason)),
      .init("ticket", JSONValue(context.ticket)),
    ])
  }
}
