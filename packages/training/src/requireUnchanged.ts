// Whether a model that grew treats samples without its new modalities as the run did that it grew from. Fusions may
// compute otherwise with another number of modalities; both models are asked about the same random tokens.
// Shapes: N tokens of one block, E encoder width.
import { isAbsolute, join } from 'node:path';
import { randomNormal, tidy, zeros, ones } from '@tensorflow/tfjs-core';
import { inferenceContext, SpecError, type Model, type TokenBlock, type Workbench } from '@tessera/core';

/** How far logits may be apart: a longer sequence is added up in another order on some backends. */
const tolerance = 1e-4;
/** Tokens of a block whose number varies. */
const someTokens = 4;

/**
 * Throws SpecError when a model that grew from a run (`initialize: { "": { from: RUN, grow: true } }`) predicts samples
 * without its new modalities otherwise than the run. A model that did not grow, or whose spec gives a modality of the run
 * another encoder, is let through.
 * @param baseFolder - folder that the spec's relative paths start from
 */
export async function requireGrownUnchanged(workbench: Workbench, grown: Model, baseFolder: string): Promise<void> {
  const { from, grow } = grown.spec.initialize[''] ?? {};
  if (!grow || from === undefined) return;
  const former = (await workbench.load(isAbsolute(from) ? from : join(baseFolder, from))) as unknown as Model;
  try {
    if (addsModalities(former, grown)) await requireUnchanged(former, grown, from);
  } finally {
    former.dispose();
  }
}

/** Whether the modalities of the former model stay with tokens of their width, and there are further ones. */
function addsModalities({ encoders: former }: Model, { encoders: grown }: Model): boolean {
  const stays = [...former].every(([name, { tokenWidth }]) => grown.get(name)?.tokenWidth === tokenWidth);
  return stays && grown.size > former.size;
}

/**
 * Throws SpecError when the logits of samples without the new modalities are others than those of the former model.
 * @param path - of the former model, for the message
 */
async function requireUnchanged(former: Model, grown: Model, path: string): Promise<void> {
  const pairs = tidy(() => {
    const blocks = new Map([...former.encoders.keys()].map((name) => [name, randomBlock(former, name)]));
    const [before, after] = [former, grown].map((model) => {
      const given = [...model.encoders.keys()].map((name) => blocks.get(name) ?? absentBlock(model, name));
      const state = model.fusion.fuse(given, inferenceContext());
      return new Map([...model.heads].map(([name, { head }]) => [name, head.logits(state, inferenceContext())]));
    });
    return [...(before ?? [])].flatMap(([name, logits]) => {
      const again = after?.get(name);
      return again ? [logits, again] : [];
    });
  });
  const values = await Promise.all(pairs.map((logits) => logits.data()));
  for (const logits of pairs) logits.dispose();
  for (let i = 0; i < values.length; i += 2) {
    const [before = [], after = []] = [values[i], values[i + 1]];
    if (before.every((value, j) => Math.abs(value - (after[j] ?? NaN)) <= tolerance * Math.max(1, Math.abs(value))))
      continue;
    throw new SpecError([
      {
        path: 'fusion',
        message: `must treat samples without the new modalities as before, got other logits than ${path} has: ${former.spec.fusion.type} computes otherwise with ${grown.encoders.size} modalities than with ${former.encoders.size}. Train the larger model anew, or use a fusion such as bitransformer.`,
      },
    ]);
  }
}

function randomBlock(model: Model, name: string): TokenBlock {
  const { tokenWidth, length } = shapeOf(model, name);
  return {
    tokens: randomNormal([1, length, tokenWidth], 0, 1, 'float32', 1),
    mask: ones([1, length]),
    present: ones([1, 1]),
  };
}

function absentBlock(model: Model, name: string): TokenBlock {
  const { tokenWidth, length } = shapeOf(model, name);
  return { tokens: zeros([1, length, tokenWidth]), mask: zeros([1, length]), present: zeros([1, 1]) };
}

function shapeOf({ encoders }: Model, name: string): { tokenWidth: number; length: number } {
  const { tokenWidth = 1, maxTokens = 1, fixedLength = false } = encoders.get(name) ?? {};
  return { tokenWidth, length: fixedLength ? maxTokens : Math.min(maxTokens, someTokens) };
}
