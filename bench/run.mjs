// npm run bench [-- OPTIONS]: figures of this machine alone (steps.mjs); with --peer beside PyTorch (peer/peerBench.mjs);
// with --growth how cost grows with sequence, picture tokens, batch and modalities (growth/growthBench.mjs).
const args = process.argv.slice(2);
const without = (name) => args.filter((arg) => arg !== name);
if (args.includes('--peer')) await (await import('./peer/peerBench.mjs')).peerBench(without('--peer'));
else if (args.includes('--growth')) await (await import('./growth/growthBench.mjs')).growthBench(without('--growth'));
else await import('./steps.mjs');
