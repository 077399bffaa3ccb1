// A compute program in WGSL with any number of outputs. TensorFlow.js' own programs have one output and get their
// declarations from it; these state what they read and write and get theirs here.

/** Element type in WGSL. */
export type WgslType = 'f32' | 'i32' | 'u32';

/** A program; pipelines are kept by its name, so a name stands for one text. */
export interface WgslProgram {
  readonly name: string;
  /** Arrays that are written, by the names that the text uses. */
  readonly outputs: readonly string[];
  /** Element type of the outputs; f32 where left out. */
  readonly outputType?: WgslType;
  /** Arrays that are read. */
  readonly inputs: Readonly<Record<string, WgslType>>;
  /** Numbers, read as `u.NAME`. */
  readonly uniforms: Readonly<Record<string, WgslType>>;
  /** Threads of a workgroup: 64 to 256, a power of two. */
  readonly threads: number;
  /** Functions that `body` calls. */
  readonly functions?: string;
  /**
   * What one thread does: `lane` is its number in its workgroup, `block` the workgroup's number, both u32. Programs are
   * started with at least as many workgroups as asked for, so that `block` has to be checked.
   */
  readonly body: string;
}

/** Inputs of float32 by name. */
export const floats = (...names: readonly string[]): Record<string, WgslType> =>
  Object.fromEntries(names.map((name) => [name, 'f32']));

/** Makes the programs of a kernel that has several by what they differ in, each once. */
export const perVariant = <Variant extends object, Program>(
  make: (variant: Variant) => Program,
): ((variant: Variant) => Program) => {
  const made = new Map<string, Program>();
  return (variant) => {
    const key = JSON.stringify(variant);
    const program = made.get(key) ?? make(variant);
    made.set(key, program);
    return program;
  };
};

/** Threads of programs that treat each element by itself. */
export const ELEMENT_THREADS = 256;

/** A program that runs `body` for each element `i` below `u.size`. */
export const elementwise = (program: Omit<WgslProgram, 'threads'>): WgslProgram => ({
  ...program,
  uniforms: { size: 'u32', ...program.uniforms },
  threads: ELEMENT_THREADS,
  body: `let i = block * ${ELEMENT_THREADS}u + lane;
  if (i >= u.size) { return; }
  ${program.body}`,
});

/** The whole shader. Bindings: outputs, inputs, uniforms. */
export function shaderOf({
  outputs,
  outputType = 'f32',
  inputs,
  uniforms,
  threads,
  functions = '',
  body,
}: WgslProgram): string {
  const written = outputs.map(
    (name, i) => `@group(0) @binding(${i}) var<storage, read_write> ${name}: array<${outputType}>;`,
  );
  const read = Object.entries(inputs).map(
    ([name, type], i) => `@group(0) @binding(${outputs.length + i}) var<storage, read> ${name}: array<${type}>;`,
  );
  const fields = Object.entries(uniforms).map(([name, type]) => `${name}: ${type},`);
  return `
struct Uniforms { ${fields.join(' ')} }
${written.join('\n')}
${read.join('\n')}
@group(0) @binding(${written.length + read.length}) var<uniform> u: Uniforms;
${functions}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  ${body}
}`;
}

/** How threads share a number: `name(value, lane)` joins the values of each `width` neighbouring threads. */
export interface Reduction {
  readonly name: string;
  readonly threads: number;
  /** A power of two; all threads of the workgroup where left out. */
  readonly width?: number;
  readonly join: (a: string, b: string) => string;
}

/** Declares a reduction, which gives all threads that share it the result; every thread of the workgroup must call it. */
export const reduction = ({ name, threads, width = threads, join }: Reduction): string => `
var<workgroup> ${name}Values: array<f32, ${threads}>;
fn ${name}(value: f32, lane: u32) -> f32 {
  ${name}Values[lane] = value;
  workgroupBarrier();
  for (var half = ${width / 2}u; half > 0u; half >>= 1u) {
    if (lane % ${width}u < half) { ${name}Values[lane] = ${join(`${name}Values[lane]`, `${name}Values[lane + half]`)}; }
    workgroupBarrier();
  }
  let result = ${name}Values[lane / ${width}u * ${width}u];
  workgroupBarrier();
  return result;
}`;

/** Declares `sumOfGroup(value, lane)`: the sum over the workgroup. */
export const groupSum = (threads: number): string =>
  reduction({ name: 'sumOfGroup', threads, join: (a, b) => `${a} + ${b}` });
