/// What is served as it is: the document of the native API, and the console's pages, style and
/// script. Embedded in the binary.
package enum Asset {
  package static var openAPI: [UInt8] { PackageResources.openapi_json }
  package static var style: [UInt8] { PackageResources.hindsight_css }
  package static var script: [UInt8] { PackageResources.console_js }
  package static var icon: [UInt8] { PackageResources.icon_svg }

  /// The templates of the console's pages, by name.
  package static let templates: [String: [UInt8]] = [
    "blank": PackageResources.blank_mustache,
    "change": PackageResources.change_mustache,
    "connection": PackageResources.connection_mustache,
    "find": PackageResources.find_mustache,
    "layout": PackageResources.layout_mustache,
    "log": PackageResources.log_mustache,
    "notice": PackageResources.notice_mustache,
    "overview": PackageResources.overview_mustache,
    "reports": PackageResources.reports_mustache,
    "result": PackageResources.result_mustache,
    "rollback": PackageResources.rollback_mustache,
    "sample": PackageResources.sample_mustache,
    "signin": PackageResources.signin_mustache,
    "symbols": PackageResources.symbols_mustache,
  ]
}
