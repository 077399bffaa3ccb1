/** Where the sources of the native binding lie. */
export const nativeFolder = import.meta.dirname;
