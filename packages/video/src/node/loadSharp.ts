import type sharp from 'sharp';

let loaded: Promise<typeof sharp> | undefined;

/** sharp, loaded when it is first needed: libvips takes a tenth of a second, for which programs without pictures never ask. */
export const loadSharp = (): Promise<typeof sharp> => (loaded ??= import('sharp').then((module) => module.default));
