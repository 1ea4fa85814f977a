import ArgumentParser
import Gateway

@main
struct Hindsight: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hindsight",
    abstract: "The flight recorder of Okta provisioning connections.",
    discussion: """
      A gateway in front of Okta's Application Connections API. It records every change before \
      and after the call to Okta, shows what each connection was at any time, and goes back to an \
      earlier token or scheme.

      What serve is told, and where the others look (--data, --server, --token-file), is also \
      read from the environment (--upstream-auth as HINDSIGHT_UPSTREAM_AUTH) and from the JSON \
      file that --config or HINDSIGHT_CONFIG names ("upstreamAuth"), in this order. The sandbox \
      and the demo take the command line alone.
      """,
    version: Gateway.productVersion,
    subcommands: [
      ServeCommand.self, SandboxCommand.self, DemoCommand.self, ConnectionsCommand.self,
      HistoryCommand.self, ShowCommand.self, ChangesCommand.self, DiffCommand.self,
      BlameCommand.self, FindCommand.self, DoubtsCommand.self, ResolveCommand.self,
      RollbackCommand.self, ReportCommand.self, RebuildCommand.self, VerifyCommand.self,
      LogCommand.self, EvidenceCommand.self, WitnessCommand.self, SelftestCommand.self,
      TokenCommand.self, SecretsCommand.self, HoldCommand.self, KeyCommand.self,
    ])
}
