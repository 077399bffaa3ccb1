// `node tools/softwareVulkan.mjs [--install]`: prints the folder with a software Vulkan driver, for LD_LIBRARY_PATH, so that
// the WebGPU tests run without a GPU; with --install it puts the driver there first. Linux.
//
// The driver is SwiftShader, which comes with Chromium. It answers as a Vulkan loader does, so under that name it needs
// neither a loader nor a manifest. Mesa's (lavapipe) is refused by Dawn. It is taken from an installed browser, else from
// Debian's package, which is unpacked and not installed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const driver = 'libvk_swiftshader.so';
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tessera', 'software-vulkan');
const target = join(folder, 'libvulkan.so.1');
const browsers = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/opt/google/chrome'];

const run = (command, args, cwd) => {
  const { status, error, stderr, stdout } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stderr}${stdout}`.trim()}`);
};

/** Puts the driver of Debian's chromium-common below `scratch`; returns its path. */
const fromDebian = (scratch) => {
  const download = () => run('apt-get', ['download', 'chromium-common'], scratch);
  try {
    download();
  } catch {
    run('apt-get', ['update']);
    download();
  }
  const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
  run('dpkg-deb', ['-x', archive, 'files'], scratch);
  return join(scratch, 'files/usr/lib/chromium', driver);
};

const install = () => {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'software-vulkan-'));
  try {
    const found = browsers.map((browser) => join(browser, driver)).find((path) => existsSync(path));
    const part = `${target}.${process.pid}`;
    copyFileSync(found ?? fromDebian(scratch), part);
    renameSync(part, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

try {
  if (process.argv.includes('--install') && !existsSync(target)) install();
  if (!existsSync(target)) throw new Error('not there yet; run node tools/softwareVulkan.mjs --install');
  console.log(folder);
} catch (error) {
  console.error(`software Vulkan driver: ${error.message}`);
  process.exitCode = 1;
}
