import ArgumentParser
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "demo", abstract: "Shows it at work.")
  func run() async throws {}
}
