import ArgumentParser

/// What every command takes that reaches sites.
struct ReachOptions: ParsableArguments {
  @OptionGroup(title: "SSH") var ssh: SSHOptions
  @OptionGroup(title: "SSH") var secrets: SecretOptions
  @OptionGroup var config: ConfigOptions
  @OptionGroup var common: CommonOptions
}
