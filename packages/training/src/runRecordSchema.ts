import { z } from 'zod';

/** What readers rely on of a record: a file may be damaged, or come from elsewhere and hold anything. */
const recordSchema = z.looseObject({
  format: z.literal(1),
  name: z.string(),
  status: z.enum(['running', 'interrupted', 'finished', 'failed']),
  checkpoints: z.looseObject({ last: z.string().optional(), best: z.string().optional() }),
  keep: z.enum(['best', 'last']),
  metric: z.string(),
  history: z.array(z.looseObject({ epoch: z.number(), trainLoss: z.number().nullable(), seconds: z.number() })),
  best: z.object({ epoch: z.number(), value: z.number() }).optional(),
  numParameters: z.number(),
  numTrainSamples: z.number(),
  seconds: z.number(),
  seed: z.number(),
  baseFolder: z.string(),
  baseFromRun: z.string().optional(),
  versions: z.record(z.string(), z.string()),
  data: z.looseObject({
    fingerprint: z.string(),
    splits: z.record(z.string(), z.object({ length: z.number(), origin: z.string() })),
    files: z.object({ count: z.number(), sha256: z.string() }).optional(),
  }),
});

/** What keeps a value from being the record of a run: the key and what is wrong with it; undefined for a sound one. */
export function recordFault(value: unknown): string | undefined {
  const [issue] = recordSchema.safeParse(value).error?.issues ?? [];
  if (!issue) return undefined;
  return `${['run', ...issue.path].join('.')} (${issue.message})`;
}
