// Rows of the table beside PyTorch: from the rounds of a work to figures, and to print.
import { median, megabytes, percentile, printTable } from '../measure.mjs';

/**
 * The rows of a work: one, or one for each percentile of its repetitions.
 * @param measured - by round, what each side gave
 */
export function rowsOf({ work, timeBar, memoryBar, percentiles }, measured, { backend, threads, variant, tried }) {
  const counts = { ours: measured[0].ours.numParameters, peer: measured[0].peer.numParameters };
  if (counts.ours !== counts.peer)
    console.error(`  the models differ: ${counts.ours} parameters beside ${counts.peer} in PyTorch`);
  else if (counts.ours) console.error(`  ${counts.ours.toLocaleString('en')} parameters on both sides`);
  const peakOf = (side) => median(measured.map((round) => round[side].peakBytes));
  const [ourPeak, peerPeak] = [peakOf('ours'), peakOf('peer')];
  const { fileBytes } = measured[0].ours;
  if (fileBytes) {
    const share = (peak) => `${megabytes(peak)}, ${(peak / fileBytes).toFixed(2)} × the files' ${megabytes(fileBytes)}`;
    console.error(`  peak memory: ${share(ourPeak)}; PyTorch ${share(peerPeak)}`);
  }
  const loadMs = measured[0].peer.loadMs && median(measured.map(({ peer }) => peer.loadMs));
  if (loadMs) console.error(`  PyTorch's files alone, its models made before: ${loadMs.toFixed(1)} ms`);
  return (percentiles ?? [undefined]).map((rank) => {
    const valueOf = ({ ms }) => (rank === undefined ? median(ms) : percentile(ms, rank));
    const ratios = measured.map(({ ours, peer }) => valueOf(ours) / valueOf(peer));
    return {
      work: rank === undefined ? work : `${work}, p${rank}`,
      backend,
      threads,
      ours: { ms: median(measured.map(({ ours }) => valueOf(ours))), peakBytes: ourPeak },
      peer: {
        ms: median(measured.map(({ peer }) => valueOf(peer))),
        peakBytes: peerPeak,
        variant,
        tried,
        ...(loadMs && { loadMs }),
      },
      timeRatio: median(ratios),
      timeRatios: ratios,
      memoryRatio: ourPeak / peerPeak,
      timeBar,
      memoryBar,
      numParameters: counts,
    };
  });
}

const bar = (value) => (value === undefined ? '' : `≤ ${value.toFixed(2)}`);

/** Prints the table. */
export function printRows(rows) {
  printTable([
    ['work', 'ms', 'PyTorch ms', 'ratio', 'least … greatest', 'bar', 'peak', "PyTorch's", 'ratio', 'bar', 'PyTorch as'],
    ...rows.map((row) => {
      if (row.failure) return [row.work, row.failure, ...Array(9).fill('')];
      const { work, ours, peer, timeRatio, timeRatios, memoryRatio, timeBar, memoryBar } = row;
      return [
        work,
        ours.ms.toFixed(1),
        peer.ms.toFixed(1),
        timeRatio.toFixed(2),
        `${Math.min(...timeRatios).toFixed(2)} … ${Math.max(...timeRatios).toFixed(2)}`,
        bar(timeBar),
        megabytes(ours.peakBytes),
        megabytes(peer.peakBytes),
        memoryRatio.toFixed(2),
        bar(memoryBar),
        peer.variant,
      ];
    }),
  ]);
}
