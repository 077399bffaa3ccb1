import { definePlugin } from '@tessera/core';
import { contrastive } from './heads/contrastiveHead.js';
import { multiLabel } from './heads/multiLabelHead.js';
import { regression } from './heads/regressionHead.js';
import { singleLabel } from './heads/singleLabelHead.js';
import { bce } from './losses/bceLoss.js';
import { crossEntropy } from './losses/crossEntropyLoss.js';
import { focal } from './losses/focalLoss.js';
import { infoNce } from './losses/infoNceLoss.js';
import { mse } from './losses/mseLoss.js';
import { metricDefinitions } from './metrics/metricDefinitions.js';

/** The built-in heads, losses and metrics. */
export const objectivesPlugin = definePlugin({
  name: '@tessera/objectives',
  components: [
    singleLabel,
    multiLabel,
    regression,
    contrastive,
    crossEntropy,
    bce,
    focal,
    mse,
    infoNce,
    ...metricDefinitions,
  ],
});
