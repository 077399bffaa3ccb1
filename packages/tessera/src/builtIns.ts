import { audioPlugin } from '@tessera/audio';
import { dataPlugin } from '@tessera/data';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { textPlugin } from '@tessera/text';
import { trainingPlugin } from '@tessera/training';
import { videoPlugin } from '@tessera/video';
import { visionPlugin } from '@tessera/vision';

/** The plugins that every workbench of this package has. */
export const builtIns = [
  textPlugin,
  visionPlugin,
  audioPlugin,
  videoPlugin,
  fusionPlugin,
  objectivesPlugin,
  dataPlugin,
  trainingPlugin,
] as const;
