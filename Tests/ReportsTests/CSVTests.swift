import Fixtures
import Testing

@testable import Reports

@Suite struct `A row of CSV` {
  @Test(
    arguments: [
      // Plain.
      (field: "", written: ""), ("plain", "plain"), ("two words", "two words"),
      ("Zoë 東京 🛫", "Zoë 東京 🛫"), ("it's", "it's"), ("semi;colon", "semi;colon"),
      // RFC 4180 section 2, rules 5 to 7.
      ("a,b", "\"a,b\""), ("say \"yes\"", "\"say \"\"yes\"\"\""), ("\"", "\"\"\"\""),
      ("a\rb", "\"a\rb\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""), ("\n", "\"\n\""),
      // OWASP ASVS 5.0, 1.2.10.
      ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
      ("\t=1", "'\t=1"), ("\0=1", "'\0=1"), ("\r=1", "\"'\r=1\""),
      ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
      ("=", "'="), ("-", "'-"),
      // Only at the beginning.
      ("1-1", "1-1"), ("a=b", "a=b"), (" =1", " =1"), ("'=1", "'=1"), ("a@b.c", "a@b.c"),
    ] as [(field: String, written: String)])
  func `writes a field so that no program takes it for more than text`(
    row: (field: String, written: String)
  ) throws {
    let bytes = CSV.row(["x", row.field, "y"])
    #expect(String(decoding: bytes, as: UTF8.self) == "x," + row.written + ",y\r\n")
    #expect(Array("x,\(row.written),y\r\n".utf8) == bytes)
    let isFormula = row.field.unicodeScalars.first.map { "=+-@\t\r\0".unicodeScalars.contains($0) }
    let read = (isFormula == true ? "'" : "") + row.field
    #expect(try CSVReader.rows(bytes) == [["x", read, "y"]])
  }

  @Test(arguments: [([], "\r\n"), (["a"], "a\r\n"), (["a", "", "b"], "a,,b\r\n")])
  func `ends with CRLF`(row: (fields: [String], written: String)) {
    #expect(String(decoding: CSV.row(row.fields), as: UTF8.self) == row.written)
  }

  @Test(arguments: UInt64(1)...20)
  func `is read back as it was, whatever is in it`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let parts = ["a", ",", "\"", "\r", "\n", "é", "=", "-", "\t", " ", "", "'"]
    for _ in 0..<50 {
      let fields = (0..<4).map { _ in
        // A letter in front keeps the guard against formulas out of it.
        "x" + (0..<random.below(6)).map { _ in random.pick(parts) }.joined()
      }
      #expect(try CSVReader.rows(CSV.row(fields)) == [fields])
    }
  }
}
