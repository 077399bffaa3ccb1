/** Loads an optional package; undefined where it is not installed. Errors inside the package pass through. */
export async function importPackage(name: string): Promise<unknown> {
  try {
    return (await import(/* @vite-ignore */ name)) as unknown;
  } catch (error) {
    const { code, message = '' } = error as { code?: string; message?: string };
    const missing =
      code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || /Failed to (load url|resolve)/.test(message);
    if (missing && message.includes(name)) return undefined;
    throw error;
  }
}
