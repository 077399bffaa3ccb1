import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How the hub is reached; the variables are those of Python's huggingface_hub. */
export interface HubSettings {
  /** HF_HUB_OFFLINE: nothing is asked of the hub, the cache alone counts. */
  readonly offline: boolean;
  /** HF_ENDPOINT: another hub than the public one. */
  readonly endpoint?: string;
  /** HF_TOKEN, or what `hf auth login` left behind. */
  readonly token?: string;
}

/** Reads the settings of a process. */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const endpoint = env['HF_ENDPOINT']?.replace(/\/+$/, '');
  const token = tokenOf(env);
  return {
    offline: /^(1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE'] ?? ''),
    ...(endpoint && { endpoint }),
    ...(token && { token }),
  };
}

function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
  const given = (env['HF_TOKEN'] ?? env['HUGGING_FACE_HUB_TOKEN'])?.trim();
  if (given) return given;
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  const file = env['HF_TOKEN_PATH'] ?? join(home, 'token');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}
