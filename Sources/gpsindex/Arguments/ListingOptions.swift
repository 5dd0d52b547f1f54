import ArgumentParser
import PhotoIndex
import PhotoSource

/// What a sync looks at. `site add` and `site set` store it; `sync` and `site test` override it for one run.
struct ListingOptions: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Leave out files and folders that match; repeatable. Without / a pattern matches names, with / paths below "
        + "the root. An empty value excludes nothing.",
      valueName: "GLOB"))
  var exclude: [String] = []

  @Option(
    name: .customLong("include-ext"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Also read files with this extension; repeatable. The content decides what a file is.",
      valueName: "EXT"))
  var includeExt: [String] = []

  /// The options as words again.
  var words: [String] {
    exclude.flatMap { ["--exclude", $0] } + includeExt.flatMap { ["--include-ext", $0] }
  }

  /// `kept`, overridden by the options of this run.
  func settings(over kept: SiteSettings) throws -> SiteSettings {
    var settings = kept
    for (key, words) in [(SettingKey.exclude, exclude), (.includedExtensions, includeExt)] {
      if words.isEmpty { continue }
      for word in words {
        var trial = SiteSettings()
        guard let wanted = key.set(word, in: &trial, path: { $0 }) else { continue }
        throw CommandFailure.usage(
          "\(key.option) “\(word)” is not one of \(wanted)",
          advice: key == .exclude ? "--exclude 'raw/**'" : "--include-ext insv")
      }
      _ = key.set(SiteSettings.text(words), in: &settings, path: { $0 })
    }
    return settings
  }

  /// Small letters, without a dot at the beginning.
  static func plain(_ text: String) -> String {
    (text.hasPrefix(".") ? String(text.dropFirst()) : text).lowercased()
  }

  /// Sidecars are read with their photos, and are none themselves.
  static func isExtension(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= NameExtension.longest
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      } && !["xmp", "srt"].contains(text)
  }
}
