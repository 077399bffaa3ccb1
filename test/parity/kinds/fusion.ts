// The kind `fusion`: a registered fusion on blocks that a fixture gives, of two and three modalities, some absent. Compared
// for every case: the joint state, the loss, and its gradients in all parameters and in the tokens.
// Shapes: B batch, N tokens of one block, E encoder width.
import { grads, mul, sum, tensor, tensor2d, tensor3d, tidy, type Scalar, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  inferenceContext,
  ParameterStore,
  type AnyDefinition,
  type FusedState,
  type Fusion,
  type FusionContext,
  type ModalityShape,
  type TokenBlock,
} from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { linearAxes, readThroughLayout, type Layout } from '@tessera/weights';
import { formulaSource, valuesOf } from '../formula.js';
import { lossChecks, type LossRecord } from '../gradients.js';
import { errorOf, type Check, type Fixture, type FullRecord } from '../records.js';
import { requireSameNames, type NamedParameters } from '../parameterNames.js';
import { got } from '../tensors.js';

interface GivenModality extends Pick<ModalityShape, 'modality' | 'tokenWidth' | 'maxTokens' | 'fixedLength'> {
  readonly mask: readonly (readonly number[])[];
}

interface FusionCase extends LossRecord, NamedParameters {
  readonly config: Readonly<Record<string, unknown>>;
  readonly modalities: readonly GivenModality[];
  readonly pooled: FullRecord;
  readonly token_gradients: Readonly<Record<string, FullRecord>>;
}

/** A file of this kind. */
export interface FusionFixture extends Fixture {
  readonly gradient_tolerance: number;
  /** Its name in a spec. */
  readonly fusion: string;
  readonly cases: Readonly<Record<string, FusionCase>>;
}

/** Runs a fusion's fixture on the current backend. */
export async function fusionChecks(fixture: FusionFixture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, given] of Object.entries(fixture.cases)) checks.push(...(await caseChecks(fixture, name, given)));
  return checks;
}

async function caseChecks(fixture: FusionFixture, name: string, given: FusionCase): Promise<Check[]> {
  const { tolerance, gradient_tolerance: gradientTolerance } = fixture;
  const layout = layoutOf(given.state_dict);
  const source = formulaSource(given.state_dict, { prefix: fixture.name_prefix });
  const parameters = new ParameterStore(0, readThroughLayout(layout, source));
  try {
    const fusion = createFusion(fixture.fusion, given, parameters);
    requireSameNames(given, { parameters, layout });
    const tokens = given.modalities.map((modality) => tokensOf(modality, fixture.name_prefix));
    const fuse = (rows: readonly Tensor3D[]): FusedState => fusion.fuse(blocksOf(given, rows), inferenceContext());
    const probe = tensor(valuesOf(`${fixture.name_prefix}probe`, given.pooled.shape, 1), [...given.pooled.shape]);
    const loss = (...rows: Tensor3D[]): Scalar => tidy(() => sum(mul(fuse(rows).pooled, probe)));
    const slopes = grads((...rows) => loss(...(rows as Tensor3D[])))(tokens);
    return [
      { what: `${name} pooled`, error: errorOf(await got(fuse(tokens).pooled), given.pooled), tolerance },
      ...(await lossChecks(() => loss(...tokens), given, {
        what: name,
        ...{ parameters, layout, tolerance, gradientTolerance },
      })),
      ...(await Promise.all(
        given.modalities.map(async ({ modality }, i) => ({
          what: `${name} gradient of the tokens of ${modality}`,
          error: errorOf(await got(slopes[i] as Tensor3D), given.token_gradients[modality] as FullRecord),
          tolerance: gradientTolerance,
        })),
      )),
    ];
  } finally {
    parameters.dispose();
  }
}

/** Names are ours; linear weights have PyTorch's axes, tables have ours. */
const layoutOf = (shapes: NamedParameters['state_dict']): Layout => ({
  name: "a fusion's own names",
  entries: Object.entries(shapes).map(([name, shape]) => ({
    ours: name,
    theirs: name,
    ...(shape.length === 2 && name.endsWith('.weight') && { axes: linearAxes }),
  })),
});

function createFusion(type: string, { config, modalities }: FusionCase, parameters: ParameterStore): Fusion {
  const components: readonly AnyDefinition[] = fusionPlugin.components;
  const definition = components.find(({ name }) => name === type);
  if (!definition) throw new Error(`not understood: fusion ${type}.`);
  const context: FusionContext = {
    path: 'fusion',
    parameters: parameters.scope(),
    modalities: modalities.map(({ modality, tokenWidth, maxTokens, fixedLength }) => ({
      ...{ modality, tokenWidth, maxTokens, fixedLength },
      tokenSpace: 'encoder',
      numParts: 1,
    })),
  };
  return definition.create(definition.config.parse(config), {} as never, context as never) as Fusion;
}

function tokensOf({ modality, tokenWidth, mask }: GivenModality, prefix: string): Tensor3D {
  const shape: [number, number, number] = [mask.length, mask[0]?.length ?? 0, tokenWidth]; // [B, N, E]
  return tensor3d(valuesOf(`${prefix}input.${modality}`, shape, 1), shape);
}

const blocksOf = ({ modalities }: FusionCase, tokens: readonly Tensor3D[]): TokenBlock[] =>
  modalities.map(({ mask }, i) => ({
    tokens: tokens[i] as Tensor3D,
    mask: tensor2d(mask.map((row) => [...row])),
  }));
