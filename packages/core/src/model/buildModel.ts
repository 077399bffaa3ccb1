import type { Encoder, BatchShape } from '../contracts/encoder.js';
import { eagerRunner, functionRunner, type FunctionRunner } from '../contracts/functionRunner.js';
import type { Fusion, ModalityShape } from '../contracts/fusion.js';
import { tensorReader } from '../contracts/tensorReader.js';
import type { EncoderContext } from '../definition.js';
import { normal } from '../initializers.js';
import type { Parameter } from '../contracts/parameters.js';
import { ParameterStore } from '../parameterStore.js';
import type { PartChoice } from '../spec/resolvedSpec.js';
import { buildHeads } from './buildHeads.js';
import type { BuildRequest } from './buildRequest.js';
import { createPart } from './createPart.js';
import { Model } from './model.js';
import { token } from '../token.js';

/** The parameters of the model that a container belongs to: they are freed with it. */
const modelParameters = token<ParameterStore>('tessera.ModelParameters', "the model's parameters");

/** Builds encoders, fusion and heads of a checked spec, in that order, and wires what they need from each other. */
export function buildModel(request: BuildRequest): Model {
  const { spec, registry, container, assets } = request;
  const reader = container.has(tensorReader) ? container.get(tensorReader) : undefined;
  container.bind(modelParameters, { factory: () => new ParameterStore(spec.training.seed, request.source, reader) });
  try {
    const parameters = container.get(modelParameters);
    const fusionDefinition = registry.get('fusion', spec.fusion.type);
    for (const { token: provided, create } of fusionDefinition.provides) {
      container.bind(provided, {
        factory: () => create(spec.fusion.options as never, { path: 'fusion', parameters: parameters.scope('fusion') }),
      });
    }
    const encoders = new Map(
      Object.keys(spec.modalities).map((modality) => [modality, buildEncoder(request, parameters, modality)]),
    );
    const absentTokens = makeAbsentTokens(request, parameters, encoders);
    const fusion = createPart<Fusion>(request, fusionDefinition, spec.fusion.options, {
      path: 'fusion',
      parameters: parameters.scope('fusion'),
      modalities: [...encoders].map(([modality, encoder]) => shapeOf(modality, encoder)),
    });
    const { heads, assets: headAssets } = buildHeads(request, parameters, fusion);
    return new Model({
      spec,
      encoders,
      fusion,
      heads,
      parameters,
      absentTokens,
      assets: { ...assets, ...headAssets },
      ...runnerOf(request),
      dispose: () => container.dispose(),
    });
  } catch (error) {
    container.dispose();
    throw error;
  }
}

/** Lengths that differ by less than this share a captured graph. */
const lengthMultiple = 8;

/**
 * How the model's passes run. Batches are padded for a backend that captures graphs with `compile: off` too, so that
 * the two draw the same dropout masks.
 */
function runnerOf({ spec, container }: BuildRequest): { runner: FunctionRunner; batchShape: BatchShape } {
  const offered = container.has(functionRunner) ? container.get(functionRunner) : eagerRunner;
  return {
    runner: spec.training.compile === 'off' ? eagerRunner : offered,
    batchShape: offered.captures ? { lengthMultiple } : {},
  };
}

function buildEncoder(request: BuildRequest, parameters: ParameterStore, modality: string): Encoder {
  const path = `modalities.${modality}`;
  return createEncoder(request, request.spec.modalities[modality] ?? { type: '', options: {} }, {
    path,
    modality,
    parameters: parameters.scope(`${path}.encoder`),
    assets: request.assets[path] ?? {},
  });
}

/** An encoder, after the encoders that stand among its options; theirs are the scopes below its own. */
function createEncoder(request: BuildRequest, choice: PartChoice, context: EncoderContext): Encoder {
  const inner = Object.entries(choice.encoders ?? {}).map(([slot, innerChoice]) => {
    const path = `${context.path}.${slot}`;
    const parameters = context.parameters.scope(slot);
    const assets = request.assets[path] ?? {};
    return [slot, createEncoder(request, innerChoice, { ...context, path, parameters, assets })] as const;
  });
  const definition = request.registry.get('encoder', choice.type);
  return createPart<Encoder>(request, definition, choice.options, { ...context, encoders: Object.fromEntries(inner) });
}

/** The learned tokens of the modalities whose spec says `absent: token`; initial values as BERT's embeddings. */
function makeAbsentTokens(
  { spec }: BuildRequest,
  parameters: ParameterStore,
  encoders: ReadonlyMap<string, Encoder>,
): Map<string, Parameter> {
  const learned = [...encoders].filter(([modality]) => spec.modalities[modality]?.absent === 'token');
  return new Map(
    learned.map(([modality, { tokenWidth }]) => [
      modality,
      parameters.scope(`modalities.${modality}`).weight('absent', [tokenWidth], normal(0.02)),
    ]),
  );
}

const shapeOf = (modality: string, encoder: Encoder): ModalityShape => ({
  modality,
  tokenWidth: encoder.tokenWidth,
  maxTokens: encoder.maxTokens,
  fixedLength: encoder.fixedLength,
  tokenSpace: encoder.tokenSpace,
  numParts: encoder.numParts,
});
