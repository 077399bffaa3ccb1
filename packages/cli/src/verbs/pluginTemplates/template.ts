// What a new plugin's package is made of. In code, ⟨ ⟩ stand around what TypeScript has beyond JavaScript.

/** Names that a module takes from a package. */
export interface TemplateImport {
  readonly from: string;
  readonly names?: readonly string[];
  /** In TypeScript only. */
  readonly types?: readonly string[];
}

/** One kind of part. `NAME` stands for the part's name in specs. */
export interface PluginTemplate {
  readonly imports: readonly TemplateImport[];
  /** What comes before `export const plugin`; declares `part`. */
  readonly code: string;
  /** The type of `part` in a JavaScript package's declarations, and what it takes from `@tessera/core` and tfjs. */
  readonly type: string;
  readonly typeImports: readonly string[];
  /** The case of its contract. */
  readonly testCase: string;
  /** What the test needs before its case. */
  readonly testSetup?: readonly TemplateImport[];
  readonly testCode?: string;
  /** How a spec names it, in YAML. */
  readonly spec: string;
}
