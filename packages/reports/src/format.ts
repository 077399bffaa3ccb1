// Numbers as people read them.

const digits = (value: number): string => {
  const size = Math.abs(value);
  return size >= 1000 ? value.toFixed(0) : size >= 100 ? value.toFixed(1) : value.toFixed(3);
};

/** A figure with three digits after the point, fewer for large ones; `–` where it is undefined. */
export function formatFigure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return digits(value);
}

/** A share of 1 in points of 100, without the sign: 53.1; `–` where it is undefined. */
export const formatPoints = (share: number): string => (Number.isFinite(share) ? (100 * share).toFixed(1) : '–');

/** A share of 1 as per cent: 53 %, 2.7 %, below 0.1 %. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(100 * share).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;
}

/** A count with thousands apart: 12,345. */
export const formatCount = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One thing or many: 1 sample, 3 samples. */
export const formatNumberOf = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Seconds as 4.2 s, 1 min 05 s or 2 h 03 min. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
