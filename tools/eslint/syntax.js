// Selectors for `no-restricted-syntax`, each with what to do instead.

/** In every TypeScript file. */
export const everywhere = [
  { selector: 'TSEnumDeclaration', message: "Use a union of literals instead of an enum: type Kind = 'a' | 'b'." },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name: a file is found by the name of its main export.',
  },
];

/** In the sources of packages. */
export const inSources = [
  {
    selector: 'MetaProperty[meta.name="import"]',
    message:
      'import.meta does not exist in the CommonJS build. Use findPackageFile-like lookups through require.resolve, or pass the folder in.',
  },
  {
    selector: 'MemberExpression[property.name=/^(dataSync|arraySync|bytesSync)$/]',
    message:
      'Reading a tensor back synchronously stalls a GPU and is impossible on WebGPU. Await data() outside the step.',
  },
  {
    selector:
      'CallExpression[callee.name="tidy"] > ArrowFunctionExpression[async=true], CallExpression[callee.property.name="tidy"] > ArrowFunctionExpression[async=true]',
    message:
      'tidy() disposes its tensors when the function returns, which an async one does at once. Tidy each synchronous step.',
  },
];

/** In tests. */
export const inTests = [
  {
    selector: 'MemberExpression[object.name=/^(it|test|describe|suite)$/][property.name=/^(only|skip|todo|fails)$/]',
    message: 'Every test runs, always. Mend the test or the code, or delete the test.',
  },
  {
    selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
    message: 'Every test runs, always. Mend the test or the code, or delete the test.',
  },
];
