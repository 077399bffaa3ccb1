// Exit code 0 where Dawn finds a WebGPU adapter, a software one included: whether the tests that need one can run.
import process from 'node:process';

const { create } = await import('webgpu');
const gpu = create([]);
process.exitCode = (await gpu.requestAdapter()) ? 0 : 1;
