/// A Swift file of which only the code is left: texts and comments are blanks, names in backticks
/// are underscores, and every line keeps its number.
struct SwiftCode {
  let lines: [[UInt8]]

  init(_ text: String) {
    var mask = Mask(bytes: Array(text.utf8))
    mask.code(until: nil)
    lines = mask.out.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map(Array.init)
  }

  func text(_ line: Int) -> String { String(decoding: lines[line], as: UTF8.self) }

  /// Names, keywords and single other characters, with the line on which each stands, from 0.
  var tokens: [Token] {
    var tokens: [Token] = []
    for (number, line) in lines.enumerated() {
      var position = 0
      while position < line.count {
        let start = position
        while position < line.count, Self.isWord(line[position]) { position += 1 }
        if position == start { position += 1 }
        let text = String(decoding: line[start..<position], as: UTF8.self)
        let isAfterSpace = start == 0 || line[start - 1] == UInt8(ascii: " ")
        if text != " " {
          tokens.append(Token(text: text, line: number, isAfterSpace: isAfterSpace))
        }
      }
    }
    return tokens
  }

  struct Token {
    var text: String
    var line: Int
    var isAfterSpace: Bool

    var isWord: Bool { text.utf8.first.map(SwiftCode.isWord) == true }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}

extension SwiftCode {
  struct Body: Equatable {
    var firstLine: Int
    var lastLine: Int
    var lineCount: Int { lastLine - firstLine + 1 }
  }

  /// The bodies of functions, initializers, subscripts and computed properties, from the line of
  /// the keyword to that of the closing brace.
  var bodies: [Body] {
    let tokens = tokens
    return tokens.indices.compactMap { start in
      guard ["func", "init", "deinit", "subscript", "var"].contains(tokens[start].text),
        start == 0 || tokens[start - 1].text != ".",
        let open = opening(tokens, after: start), let close = closing(tokens, from: open)
      else { return nil }
      return Body(firstLine: tokens[start].line, lastLine: tokens[close].line)
    }
  }

  /// The brace that opens the body of the declaration, unless it has none.
  private func opening(_ tokens: [Token], after start: Int) -> Int? {
    let isVariable = tokens[start].text == "var"
    let goesOn: Set<String> = ["{", "-", "where", "throws", "async", "rethrows", ">", "&"]
    var depth = 0
    for position in tokens.indices.dropFirst(start + 1) {
      let token = tokens[position]
      if depth == 0, token.line > tokens[position - 1].line, !goesOn.contains(token.text),
        !["-", ">", "(", ")", ",", "&"].contains(tokens[position - 1].text)
      {
        return nil
      }
      switch token.text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return position
      case "}" where depth == 0, ";" where depth == 0: return nil
      case "=" where depth == 0 && isVariable: return nil
      default: break
      }
      if depth < 0 { return nil }
    }
    return nil
  }

  private func closing(_ tokens: [Token], from open: Int) -> Int? {
    var depth = 0
    for position in tokens.indices.dropFirst(open) {
      if tokens[position].text == "{" { depth += 1 }
      if tokens[position].text == "}" { depth -= 1 }
      if depth == 0 { return position }
    }
    return nil
  }

  struct Named {
    var name: String
    var line: Int
  }

  /// The types that are declared here; those in backticks are sentences, not names.
  var typeNames: [Named] {
    let tokens = tokens
    let keywords: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
    return tokens.indices.dropLast().compactMap { position in
      let name = tokens[position + 1]
      guard keywords.contains(tokens[position].text), name.text.first?.isUppercase == true,
        position == 0 || tokens[position - 1].text != "import"
      else { return nil }
      return Named(name: name.text, line: name.line)
    }
  }

  var imports: [Named] {
    let tokens = tokens
    let kinds: Set<String> = [
      "struct", "class", "enum", "protocol", "typealias", "func", "var", "let",
    ]
    return tokens.indices.compactMap { position in
      guard tokens[position].text == "import", position + 1 < tokens.count else { return nil }
      let isKind = kinds.contains(tokens[position + 1].text) && position + 2 < tokens.count
      return Named(
        name: tokens[position + (isKind ? 2 : 1)].text, line: tokens[position].line)
    }
  }
}

/// Walks over Swift and blanks what is not code.
private struct Mask {
  let bytes: [UInt8]
  var out: [UInt8] = []
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Copies code until the end, or until the bracket that closes an interpolation.
  mutating func code(until end: UInt8?) {
    var depth = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == end, depth == 0 { return }
      if byte == UInt8(ascii: "(") { depth += 1 }
      if byte == UInt8(ascii: ")") { depth -= 1 }
      if stands("//") {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank() }
      } else if stands("/*") {
        comment()
      } else if byte == UInt8(ascii: "`") {
        name()
      } else if let hashes = openingHashes() {
        string(hashes: hashes)
      } else {
        out.append(byte)
        position += 1
      }
    }
  }

  private mutating func comment() {
    var depth = 0
    repeat {
      if stands("/*") { depth += 1 }
      if stands("*/") {
        depth -= 1
        blank()
      }
      blank()
    } while depth > 0 && position < bytes.count
  }

  private mutating func name() {
    repeat {
      out.append(UInt8(ascii: "_"))
      position += 1
    } while position < bytes.count && bytes[position] != UInt8(ascii: "`")
    out.append(UInt8(ascii: "_"))
    position += 1
  }

  /// How many `#` stand before the quote that begins here; `nil` when no text begins here.
  private func openingHashes() -> Int? {
    var end = position
    while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
    return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - position : nil
  }

  private mutating func string(hashes: Int) {
    let marks = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
    for _ in 0..<hashes { blank() }
    let quotes = Array((stands("\"\"\"") ? "\"\"\"" : "\"").utf8)
    let interpolation = Array("\\".utf8) + marks + Array("(".utf8)
    let escape = Array("\\".utf8) + marks
    for _ in quotes { blank() }
    while position < bytes.count, !stands(quotes + marks) {
      if stands(interpolation) {
        for _ in interpolation { blank() }
        code(until: UInt8(ascii: ")"))
        blank()
      } else {
        if stands(escape) { for _ in escape { blank() } }
        blank()
      }
    }
    for _ in quotes + marks { blank() }
  }

  private func stands(_ text: String) -> Bool { stands(Array(text.utf8)) }
  private func stands(_ text: [UInt8]) -> Bool { bytes[position...].starts(with: text) }

  private mutating func blank() {
    guard position < bytes.count else { return }
    out.append(bytes[position] == UInt8(ascii: "\n") ? bytes[position] : UInt8(ascii: " "))
    position += 1
  }
}
