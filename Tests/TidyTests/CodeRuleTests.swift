import Testing

@Suite struct `The code of the rooms` {
  private func violations(
    in files: [Checkout.File], _ find: (SwiftCode) -> [SwiftCode.Named]
  ) -> [String] {
    files.flatMap { file in
      find(SwiftCode(file.text)).map { "\(file.path):\($0.line + 1): \($0.name)" }
    }
  }

  @Test func `has no name that says nothing`() {
    #expect(violations(in: Checkout.swift) { $0.emptyNames } == [])
  }

  @Test func `never gives up on its input`() {
    #expect(violations(in: Checkout.sources) { $0.calls(of: ["fatalError"]) } == [])
  }

  @Test func `forces nothing: no try!, no as!, no value!`() {
    #expect(violations(in: Checkout.sources) { $0.forced } == [])
  }

  @Test func `is checked for data races everywhere`() {
    let unchecked = violations(in: Checkout.sources) { code in
      code.words(["unchecked", "nonisolated"]).filter { $0.name != "nonisolated" }
        + code.calls(of: ["nonisolated"])
    }
    #expect(unchecked == [])
  }

  @Test func `is public nowhere`() {
    #expect(
      violations(in: Checkout.sources) { $0.words(["public", "open"], declaring: true) } == [])
  }

  /// Whatever changes a connection goes through the command layer, or it would not be recorded.
  @Test func `sends a change to Okta from the command layer alone`() {
    let senders = Checkout.sources.filter { file in
      SwiftCode(file.text).lines.contains { line in
        String(decoding: line, as: UTF8.self).lowercased().contains("upstream.send(")
      }
    }.map(\.path)
    #expect(senders.allSatisfy { $0.hasPrefix("Sources/Commands/") }, "\(senders)")
    #expect(!senders.isEmpty)
  }
}

extension SwiftCode {
  static let bannedWords: Set<String> = [
    "Manager", "Helper", "Helpers", "Util", "Utils", "Core", "Common", "Base", "Impl",
  ]

  var emptyNames: [Named] {
    typeNames.filter { !Self.bannedWords.isDisjoint(with: Self.words(of: $0.name)) }
  }

  /// The words of a name in camel case; an abbreviation is one word.
  static func words(of name: String) -> [String] {
    var words: [String] = []
    let letters = Array(name)
    for (position, letter) in letters.enumerated() {
      let follows = position > 0 && !letters[position - 1].isUppercase
      let ends = position + 1 < letters.count && letters[position + 1].isLowercase
      if words.isEmpty || letter.isUppercase && (follows || ends) {
        words.append(String(letter))
      } else {
        words[words.count - 1].append(letter)
      }
    }
    return words
  }

  func calls(of names: Set<String>) -> [Named] {
    let tokens = tokens
    return zip(tokens, tokens.dropFirst()).compactMap { name, next in
      names.contains(name.text) && next.text == "(" && !next.isAfterSpace
        ? Named(name: name.text, line: name.line) : nil
    }
  }

  /// - Parameter declaring: only where the word modifies a declaration.
  func words(_ names: Set<String>, declaring: Bool = false) -> [Named] {
    let tokens = tokens
    let declared: Set<String> = [
      "struct", "class", "enum", "actor", "protocol", "func", "var", "let", "init", "typealias",
      "import", "static", "final", "extension", "subscript", "indirect", "override", "mutating",
    ]
    return tokens.indices.compactMap { position in
      guard names.contains(tokens[position].text) else { return nil }
      let next = position + 1 < tokens.count ? tokens[position + 1] : nil
      if declaring, next.map({ declared.contains($0.text) && $0.isAfterSpace }) != true {
        return nil
      }
      return Named(name: tokens[position].text, line: tokens[position].line)
    }
  }

  /// An exclamation mark right behind a value, a type, `try` or `as`.
  var forced: [Named] {
    let tokens = tokens
    return tokens.indices.dropFirst().compactMap { position in
      let before = tokens[position - 1]
      guard tokens[position].text == "!", !tokens[position].isAfterSpace,
        tokens[position].line == before.line,
        before.isWord || [")", "]", "}"].contains(before.text),
        position + 1 == tokens.count || tokens[position + 1].text != "="
          || tokens[position + 1].isAfterSpace
      else { return nil }
      return Named(name: before.text + "!", line: before.line)
    }
  }
}
