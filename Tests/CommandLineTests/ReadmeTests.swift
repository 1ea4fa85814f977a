import Foundation
import Testing

extension `The command line` {
  /// What the README shows is what the program takes.
  @Suite(.timeLimit(.minutes(2))) struct `The README` {
    private static let text: String = {
      let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../README.md").standardized.path
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      // In a table a bar is escaped.
      return text.replacing("\\|", with: "|")
    }()

    /// A command with the options that it is shown with.
    struct Shown: Hashable, CustomStringConvertible {
      var words: [String]
      var options: Set<String>

      var description: String { (words + options.sorted()).joined(separator: " ") }

      /// Words up to the first argument, and all that begins with two hyphens.
      init?(_ text: Substring) {
        let parts = text.matches(of: /[^\s`\[\]]+/).map { String($0.output) }
        guard parts.first == "hindsight" else { return nil }
        words = parts.dropFirst().prefix { $0.wholeMatch(of: /[a-z|]+/) != nil }.map { $0 }
        options = Set(parts.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) })
        if words.isEmpty { return nil }
      }
    }

    /// In code and in tables; `a|b` stands for two commands.
    static let shown: [Shown] = {
      let spans =
        text.matches(of: /`(hindsight [^`]+)`/).map(\.output.1)
        + text.split(separator: "\n").filter { $0.hasPrefix("hindsight ") }
      return Array(Set(spans.compactMap(Shown.init))).sorted { $0.description < $1.description }
    }()

    @Test func `shows commands`() { #expect(Self.shown.count > 12) }

    @Test(arguments: shown)
    func `shows no command and no option that there is not`(shown: Shown) async throws {
      for name in shown.words[shown.words.count - 1].split(separator: "|") {
        var words = shown.words.dropLast() + [String(name)]
        var help = try await Program.run(words + ["--help"])
        if help.exitCode != 0 {
          // The last word is an argument.
          words.removeLast()
          help = try await Program.run(words + ["--help"])
        }
        #expect(help.exitCode == 0 && !words.isEmpty, "\(shown)")
        for option in shown.options {
          #expect(help.output.contains(option + " ") || help.output.contains(option + "\n"))
        }
      }
    }
  }
}
