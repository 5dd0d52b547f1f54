import Testing

@testable import SharePages

@Suite struct BundleTests {
  @Test func importsBecomeValuesOfTheModuleBefore() {
    let bundle = ModuleBundle(modules: [
      .init(
        names: ["a", "b"],
        source: Array("export const x = 1, y = 2;\nexport function f() {}\n".utf8)),
      .init(
        names: ["c"],
        source: Array(
          "import { x, y } from \"./a.js\";\nimport * as all from \"./b.js\";\nx + all.f();".utf8)),
    ])
    #expect(
      bundle.script == """
        (() => {
        "use strict";
        const $a = (() => {
        const x = 1, y = 2;
        function f() {}

        return { f, x, y };
        })();
        const $b = $a;
        const $c = (() => {
        const { x, y } = $a;
        const all = $b;
        x + all.f();
        return {  };
        })();
        })();

        """)
  }

  /// What ends a script element, or begins a comment in it (HTML, "Restrictions for contents of script elements").
  @Test func theScriptOfAPageStaysInItsElement() {
    let script = PageModules.script.lowercased()
    for word in ["</script", "<script", "<!--", "import ", "export ", "fetch(", "http:", "https:"] {
      #expect(!script.contains(word), "\(word)")
    }
  }
}
