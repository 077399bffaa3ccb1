import { SpecError } from '@tessera/core';

/**
 * Reads a UTF-8 file that a spec names.
 * @param path - as in the spec; relative ones start from `baseFolder`
 * @param where - path of the option in the spec, for messages
 * @throws SpecError when it cannot be read
 */
export async function readTextFile(path: string, baseFolder: string, where: string): Promise<string> {
  // Imported here, so that the package also loads where there are no files.
  const [{ readFile }, nodePath] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const file = nodePath.resolve(baseFolder, path);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    throw new SpecError(
      [
        {
          path: where,
          message: `must be a readable file, got "${path}" (${code}, looked for ${file}). Check the path.`,
        },
      ],
      {
        cause: error,
      },
    );
  }
}
